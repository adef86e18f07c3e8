/** Files that the server is to keep for a while. What it has forgotten is sent again. */

import { request, ServerError } from "./requests.js";

export class Upload {
  #sending = null;
  #answer = null;

  /** @param {File} file @param {string} name as the server is to know it */
  constructor(file, name) {
    this.file = file;
    this.name = name;
  }

  /** What the server says of the file, its `id` first; sent where that was not done yet. Throws a ServerError. */
  async there() {
    if (!this.#answer) {
      this.#sending ??= this.#send().finally(() => (this.#sending = null));
      this.#answer = await this.#sending;
    }
    return this.#answer;
  }

  forget() {
    this.#answer = null;
  }

  /** Tells the server that it may forget the file. */
  async remove() {
    const answer = (await this.#sending?.catch(() => null)) ?? this.#answer;
    this.forget();
    if (answer) await request(`v1/photos/${answer.id}`, "text", { method: "DELETE" }).catch(() => null);
  }

  async #send() {
    const form = new FormData();
    form.append("photo", this.file, this.name);
    return (await request("v1/photos", "json", { method: "POST", body: form })).body;
  }
}

/**
 * What a request about uploads answers.
 * @param {Upload[]} uploads that it is about
 * @param {(...ids: string[]) => ReturnType<typeof request>} ask makes it, from their ids
 * Throws a ServerError.
 */
export async function about(uploads, ask) {
  const ids = async () => (await Promise.all(uploads.map((upload) => upload.there()))).map((answer) => answer.id);
  try {
    return await ask(...(await ids()));
  } catch (error) {
    if (!(error instanceof ServerError) || error.status !== 404) throw error;
    for (const upload of uploads) upload.forget();
    return ask(...(await ids()));
  }
}
