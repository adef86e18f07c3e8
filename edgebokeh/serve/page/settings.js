/** What the photographer has set, for all photos, and the query that says so. */

import { ROWS } from "./presentation.js";

export class Settings extends EventTarget {
  #values = new Map();

  /**
   * @param {object[]} options as the server lists them
   * @param {object[]} styles as the server lists them
   */
  constructor(options, styles) {
    super();
    this.options = options;
    this.styles = styles;
    this.task = "blur";
  }

  /** The value of an option, or null where nothing is set. */
  get(name) {
    return this.#values.get(name) ?? null;
  }

  /** Sets an option, or takes its setting back with null. The event "change" follows. */
  set(name, value) {
    if (value === null || value === "") this.#values.delete(name);
    else this.#values.set(name, value);
    this.#changed();
  }

  /** The same as they are now, whatever is set later. */
  copy() {
    const copy = new Settings(this.options, this.styles);
    copy.task = this.task;
    copy.#values = new Map(this.#values);
    return copy;
  }

  setTask(task) {
    this.task = task;
    this.#changed();
  }

  /** Takes all settings back, but for what is saved. */
  reset() {
    for (const name of [...this.#values.keys()]) if (ROWS[name]?.section !== "Save") this.#values.delete(name);
    this.#changed();
  }

  /** The styles that are put together now. */
  get parts() {
    return (this.get("style") ?? this.#option("style")?.default ?? "").split("+");
  }

  /** Whether the background is blurred by one of them. */
  get blurs() {
    return this.parts.some((part) => this.styles.find((style) => style.name === part)?.blur);
  }

  /** Whether an option counts for the styles that are set. */
  fits(option) {
    return !option.styles || option.styles.some((style) => this.parts.includes(style));
  }

  /** The label of a file that has yet to be chosen, or null. */
  get missing() {
    const file = this.options.find((option) => option.kind === "file" && this.fits(option) && !this.get(option.name));
    return file && this.task === "blur" ? ROWS[file.name].label : null;
  }

  /** The file of an option that counts now, or null. */
  get file() {
    const option = this.options.find((one) => one.kind === "file" && this.fits(one));
    return option ? this.get(option.name) : null;
  }

  /**
   * The query of a task: what is set and counts for it.
   * @param {string} task
   * @param {boolean} saving whether it is about the file, too
   * @param {string} [file] what stands for the file of an option
   */
  query(task, saving, file) {
    const query = new URLSearchParams({ task });
    for (const option of this.options) {
      const row = ROWS[option.name];
      if (!this.fits(option) || !option.tasks.includes(task) || (row?.section === "Save" && !saving)) continue;
      const value = this.get(option.name) ?? row?.start ?? null;
      if (value !== null) query.set(option.name, option.kind === "file" ? file : value);
    }
    return query;
  }

  #option(name) {
    return this.options.find((option) => option.name === name);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
