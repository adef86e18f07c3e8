/** The photos on the page, which of them is looked at, and how far each is. */

import { Upload } from "./uploads.js";

/** Answers that are about the file itself: others may be different the next time. */
const UNFIT = new Set([400, 413, 415, 422]);

export class Photo {
  /** waiting, drawn or failed. */
  state = "waiting";
  /** Why it failed: a ServerError, or null. */
  error = null;
  /** Whether it was refused as a file, whatever the settings. */
  refused = false;
  /** Width and height in pixels, upright; null until the server has said so. */
  size = null;
  /** What the server notes of its result. */
  notes = [];
  /** A small picture of its result, as an address; what it shows, or was to show. */
  thumbnail = null;
  tried = null;

  /** @param {File} file */
  constructor(file) {
    this.name = file.name || "pasted.png";
    this.upload = new Upload(file, this.name);
  }
}

/** Events: "list" when photos come, go or change; "added" when they come; "select" when another one is looked at. */
export class Photos extends EventTarget {
  list = [];
  selected = null;

  /** @param {File[]} files */
  add(files) {
    const added = files.map((file) => new Photo(file));
    this.list.push(...added);
    this.#tell("list");
    this.#tell("added");
    if (!this.selected && added.length) this.select(added[0]);
  }

  remove(photo) {
    const place = this.list.indexOf(photo);
    this.list.splice(place, 1);
    photo.upload.remove();
    this.#tell("list");
    if (photo === this.selected) this.select(this.list[place] ?? this.list[place - 1] ?? null);
  }

  select(photo) {
    this.selected = photo;
    this.#tell("select");
  }

  /** Notes how far a photo is. */
  mark(photo, state, error = null) {
    photo.state = state;
    photo.error = error;
    this.#tell("list");
  }

  /** Sends a photo where that was not done yet, and notes its size. Throws a ServerError. */
  async ready(photo) {
    try {
      const { width, height } = await photo.upload.there();
      photo.size ??= { width, height };
    } catch (error) {
      photo.refused = UNFIT.has(error.status);
      throw error;
    }
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }
}
