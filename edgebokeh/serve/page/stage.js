/** The picture on the screen: a canvas of the screen's own pixels, with the photo's layers on both sides of the divider. */

import { Viewport } from "./viewport.js";

/** The layers of each view: what lies left of the divider, and right of it. */
export const VIEWS = {
  compare: ["original", "result"],
  result: ["result"],
  original: ["original"],
  mask: ["mask"],
};

/** Events: "view" when what is seen has changed. */
export class Stage extends EventTarget {
  viewport = new Viewport();
  view = "compare";
  /** 0..1, across what is seen of the photo. */
  split = 0.5;
  #photo = null;
  #layers = {};
  #asked = false;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super();
    this.canvas = canvas;
    const colorSpace = matchMedia("(color-gamut: p3)").matches ? "display-p3" : "srgb";
    this.context = canvas.getContext("2d", { colorSpace });
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
  }

  /** The layers that are seen. */
  get shown() {
    return VIEWS[this.view];
  }

  get photo() {
    return this.#photo;
  }

  /** Shows another photo, of so many pixels, or none. */
  clear(photo) {
    this.#photo = photo;
    for (const name of Object.keys(this.#layers)) this.drop(name);
    this.viewport.fitted = true;
    this.changed();
  }

  /**
   * Puts a picture into a layer.
   * @param {string} name @param {"preview"|"fine"|"full"} kind @param {string} key what its pixels depend on
   * @param {ImageBitmap} bitmap @param {number} side the long side that it was asked for with
   */
  put(name, kind, key, bitmap, side = 0) {
    const layer = (this.#layers[name] ??= {});
    layer[kind]?.bitmap.close();
    layer[kind] = { key, bitmap, side };
    // What is finer than a preview, and of other settings, would show what no longer holds.
    for (const finer of kind === "preview" ? ["fine", "full"] : []) {
      if (!layer[finer] || layer[finer].key === key) continue;
      layer[finer].bitmap.close();
      delete layer[finer];
    }
    this.changed();
  }

  /** Whether a layer has that picture, with a long side as asked for, or more. */
  has(name, kind, key, side = 0) {
    const found = this.#layers[name]?.[kind];
    return found?.key === key && found.side >= side;
  }

  drop(name) {
    for (const { bitmap } of Object.values(this.#layers[name] ?? {})) bitmap.close();
    delete this.#layers[name];
  }

  /** The long side of the photo on the screen, in the screen's pixels. */
  get long() {
    const { width, height } = this.viewport.frame;
    return Math.max(width, height);
  }

  /** Whether it is enlarged so far that its own pixels are to be seen. */
  get close() {
    if (!this.#photo || this.viewport.fitted) return false;
    const preview = this.#layers[this.shown.at(-1)]?.preview?.bitmap;
    const reduced = preview ? preview.width / this.#photo.width : 0;
    return this.viewport.scale >= Math.min(1, reduced * 1.01);
  }

  setView(view) {
    this.view = view;
    this.changed();
  }

  setSplit(split) {
    this.split = Math.min(1, Math.max(0, split));
    this.changed();
  }

  /** Draws it before the screen is shown next, and tells that it has changed. */
  changed() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
      this.dispatchEvent(new Event("view"));
    });
  }

  /** Where the divider is, in pixels of the screen. */
  get dividerAt() {
    const { from, to } = this.viewport.seen;
    return Math.round(from + this.split * (to - from));
  }

  #resize() {
    const ratio = devicePixelRatio;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    this.changed();
  }

  #draw() {
    const { canvas, context } = this;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.#photo) return;
    this.viewport.measure(canvas, this.#photo);
    const [left, right] = this.shown.length > 1 ? this.shown : [null, ...this.shown];
    const middle = left ? this.dividerAt : 0;
    if (left) this.#paint(left, 0, middle);
    this.#paint(right, middle, canvas.width - middle);
  }

  #paint(name, from, width) {
    const layer = this.#layers[name] ?? {};
    const bitmap = ((this.close && layer.full) || layer.fine || layer.preview || layer.full)?.bitmap;
    if (!bitmap || width <= 0) return;
    const { context } = this;
    const { left, top, width: wide, height: high } = this.viewport.frame;
    context.save();
    context.beginPath();
    context.rect(from, 0, width, this.canvas.height);
    context.clip();
    context.clearRect(left, top, wide, high);
    context.imageSmoothingEnabled = wide < 3 * bitmap.width;
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, left, top, wide, high);
    context.restore();
  }
}
