/** Which part of a photo is seen, and how large. All lengths are pixels of the screen, but for the photo's own. */

const LARGEST = 8;
const STEP = 1.25;

/** How far down a portrait the head is, as a share of its height. */
const HEAD = 1 / 4;

export class Viewport {
  /** Pixels of the screen for a pixel of the photo; where its upper left corner lies. */
  scale = 1;
  left = 0;
  top = 0;
  /** Whether all of it is to be seen, whatever the sizes. */
  fitted = true;
  #screen = { width: 1, height: 1 };
  #photo = { width: 1, height: 1 };

  /** Takes note of the sizes. */
  measure(screen, photo) {
    this.#screen = screen;
    this.#photo = photo;
    if (this.fitted) this.fit();
    else this.#settle();
  }

  /** All of the photo. */
  fit() {
    this.fitted = true;
    this.scale = this.#fitting();
    this.#settle();
  }

  /** So large, around a point of the screen or its middle. */
  zoomTo(scale, x = this.#screen.width / 2, y = this.#screen.height / 2) {
    const least = Math.min(1, this.#fitting());
    const next = Math.min(LARGEST, Math.max(least, scale));
    this.left = x - ((x - this.left) * next) / this.scale;
    this.top = y - ((y - this.top) * next) / this.scale;
    this.scale = next;
    this.fitted = false;
    this.#settle();
  }

  /** The photo's own pixels: from all of it those where heads mostly are, else around the middle of what is seen. */
  full() {
    const begins = this.fitted;
    this.zoomTo(1);
    if (begins) this.top = this.#screen.height / 2 - this.#photo.height * HEAD;
    this.#settle();
  }

  /** Larger by so many steps, or smaller below 0. From one side of 100 % to the other it stops there. */
  step(count, x, y) {
    const next = this.scale * STEP ** count;
    const passes = (this.scale - 1) * (next - 1) < 0 && Math.abs(this.scale - 1) > 0.001;
    this.zoomTo(passes ? 1 : next, x, y);
  }

  /** Moves the photo. */
  pan(right, down) {
    this.left += right;
    this.top += down;
    this.#settle();
  }

  /** Where the photo lies on the screen, in whole pixels. */
  get frame() {
    return {
      left: Math.round(this.left), top: Math.round(this.top),
      width: Math.round(this.#photo.width * this.scale), height: Math.round(this.#photo.height * this.scale),
    };
  }

  /** From where to where it is seen, across. */
  get seen() {
    const { left, width } = this.frame;
    return { from: Math.max(0, left), to: Math.min(this.#screen.width, left + width) };
  }

  /** Whether there is more of it than is seen. */
  get movable() {
    const { width, height } = this.frame;
    return width > this.#screen.width || height > this.#screen.height;
  }

  #fitting() {
    return Math.min(this.#screen.width / this.#photo.width, this.#screen.height / this.#photo.height);
  }

  #settle() {
    this.left = within(this.left, this.#screen.width, this.#photo.width * this.scale);
    this.top = within(this.top, this.#screen.height, this.#photo.height * this.scale);
  }
}

/** A start at which the photo fills the screen, or lies in its middle. */
function within(start, screen, photo) {
  if (photo <= screen) return (screen - photo) / 2;
  return Math.min(0, Math.max(screen - photo, start));
}
