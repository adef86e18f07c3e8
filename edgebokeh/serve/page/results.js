/** Pictures of the server: previews, thumbnails and full results, with the settings as they are when one is asked for. */

import { request } from "./requests.js";
import { about } from "./uploads.js";

/** Types of results that every browser shows. */
const SHOWN = new Set(["image/jpeg", "image/png", "image/webp", "image/avif"]);

export class Results {
  #last = { key: null, answer: null };

  /** @param {import("./settings.js").Settings} settings */
  constructor(settings) {
    this.settings = settings;
  }

  /** What a preview's pixels depend on, as a text. */
  key(task) {
    return task === "original" ? task : this.settings.query(task, false, fileKey(task, this.settings)).toString();
  }

  /** A picture of up to `side` pixels on its long side, as `{ body, headers }`. */
  preview(photo, task, side, signal) {
    return ask(photo, "preview", task, this.settings.copy(), false, signal, { side });
  }

  /** The full picture as it is saved, as `{ blob, name }`. The last one is kept. */
  async full(photo, task, signal, more = {}, settings = this.settings.copy()) {
    const key = JSON.stringify([settings.query(task, true, fileKey(task, settings)).toString(), more]);
    if (this.#last.photo !== photo || this.#last.key !== key) {
      const { body, headers } = await ask(photo, "result", task, settings, true, signal, more);
      this.#last = { photo, key, answer: { blob: body, name: fileName(headers) ?? photo.name } };
    }
    return this.#last.answer;
  }

  /** The full picture as a Blob that browsers show: as it is saved, or as a PNG of the same pixels. */
  async visible(photo, task, signal) {
    if (task === "original") return (await this.preview(photo, task, longSide(photo), signal)).body;
    const { blob } = await this.full(photo, task, signal);
    return SHOWN.has(blob.type) ? blob : (await this.full(photo, task, signal, { format: "png" })).blob;
  }
}

function ask(photo, what, task, settings, saving, signal, more) {
  const file = task === "blur" ? settings.file : null;
  return about([photo.upload, ...(file ? [file] : [])], (id, fileId) => {
    const query = task === "original" ? new URLSearchParams({ task }) : settings.query(task, saving, fileId);
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    return request(`v1/photos/${id}/${what}?${query}`, "blob", { signal });
  });
}

function fileKey(task, settings) {
  const file = task === "blur" ? settings.file : null;
  return file ? `${file.name} ${file.file.size} ${file.file.lastModified}` : undefined;
}

const longSide = (photo) => Math.max(photo.size.width, photo.size.height);

/** The name in a Content-Disposition, or null. */
function fileName(headers) {
  const told = headers.get("Content-Disposition") ?? "";
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(told);
  return coded ? decodeURIComponent(coded[1]) : (/filename="([^"]+)"/i.exec(told)?.[1] ?? null);
}
