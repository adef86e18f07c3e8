/** Brings the pictures of the photo that is looked at: previews at once, finer ones for large screens, full ones for 100 %. */

import { byId } from "./dom.js";
import { Latest } from "./latest.js";
import { pause } from "./requests.js";
import { speak } from "./speak.js";

/** The long side of previews in pixels. */
const SIDE = 1280;

/** The same of what replaces them on a larger screen: steps of it, so that not every size of a window is another. */
const STEP = 640;
const LARGEST = 2560;

/** Seconds of rest before a finer or the full picture is asked for. */
const REST = 0.25;

export class Pictures {
  #latest = new Latest();
  #wanted = "";

  constructor(photos, settings, results, stage) {
    Object.assign(this, { photos, settings, results, stage });
    photos.addEventListener("select", () => {
      this.#latest.cancel();
      stage.clear(null);
      this.refresh();
    });
    settings.addEventListener("change", () => this.refresh());
    stage.addEventListener("view", () => this.#wants() !== this.#wanted && this.refresh());
  }

  /** Brings what is missing of the view as it is now. */
  refresh() {
    this.#wanted = this.#wants();
    const photo = this.photos.selected;
    if (!photo || photo.refused) return this.#latest.cancel();
    if (this.settings.missing) {
      this.#latest.cancel();
      return this.#busy(`Choose a file: ${this.settings.missing}`);
    }
    return this.#latest.ask((signal) => this.#bring(photo, signal));
  }

  #wants() {
    return [this.stage.view, this.stage.close, this.#fineSide].join();
  }

  /** The long side that fills the screen where a preview does not, else 0. */
  get #fineSide() {
    const { photo, close, long } = this.stage;
    if (!photo || close) return 0;
    const wanted = Math.min(long, Math.max(photo.width, photo.height));
    return wanted > SIDE ? Math.min(LARGEST, Math.ceil(wanted / STEP) * STEP) : 0;
  }

  async #bring(photo, signal) {
    try {
      this.#busy(photo.size ? "Drawing…" : "Sending the photo…");
      await this.photos.ready(photo);
      signal.throwIfAborted();
      if (photo !== this.photos.selected) return;
      if (!this.stage.photo) this.stage.clear(photo.size);
      await this.#previews(photo, signal);
      this.photos.mark(photo, "drawn");
      if (this.stage.close) await this.#full(photo, signal);
      this.#busy("");
      await this.#fine(photo, signal);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      this.#busy("");
      this.photos.mark(photo, "failed", error);
    }
  }

  async #previews(photo, signal) {
    for (const layer of this.stage.shown) {
      const [task, key] = this.#named(layer);
      if (this.stage.has(layer, "preview", key)) continue;
      this.#busy("Drawing…");
      const { body, headers } = await this.results.preview(photo, task, SIDE, signal);
      await this.#put(photo, layer, "preview", key, body, signal);
      if (layer === "result") photo.notes = notes(headers);
    }
  }

  async #fine(photo, signal) {
    const side = this.#fineSide;
    const missing = this.stage.shown.filter((layer) => !this.stage.has(layer, "fine", this.#named(layer)[1], side));
    if (!side || !missing.length) return;
    await pause(REST, signal);
    for (const layer of missing) {
      const [task, key] = this.#named(layer);
      const { body } = await this.results.preview(photo, task, side, signal);
      await this.#put(photo, layer, "fine", key, body, signal, side);
    }
  }

  async #full(photo, signal) {
    const missing = this.stage.shown.filter((layer) => !this.stage.has(layer, "full", this.#named(layer)[1]));
    if (!missing.length) return;
    this.#busy("Drawing the full picture…");
    await pause(REST, signal);
    for (const layer of missing) {
      const [task, key] = this.#named(layer);
      await this.#put(photo, layer, "full", key, await this.results.visible(photo, task, signal), signal);
    }
    speak("The full picture is drawn.");
  }

  async #put(photo, layer, kind, key, blob, signal, side = 0) {
    const bitmap = await createImageBitmap(blob);
    if (photo === this.photos.selected && !signal.aborted) this.stage.put(layer, kind, key, bitmap, side);
    else bitmap.close();
  }

  /** The task that makes a layer, and what its pixels depend on. */
  #named(layer) {
    const task = layer === "result" ? this.settings.task : layer;
    return [task, this.results.key(task)];
  }

  #busy(text) {
    byId("busy").hidden = !text;
    byId("busy").textContent = text;
  }
}

function notes(headers) {
  return JSON.parse(headers.get("Edgebokeh-Notes") ?? "[]");
}
