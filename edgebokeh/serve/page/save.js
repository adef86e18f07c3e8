/** Downloads: one result, or all in a ZIP archive. */

import { byId, make } from "./dom.js";
import { speak } from "./speak.js";
import { unique, zip } from "./zip.js";

/**
 * @param {import("./photos.js").Photos} photos
 * @param {import("./settings.js").Settings} settings
 * @param {import("./results.js").Results} results
 */
export function startSave(photos, settings, results) {
  let running = null;
  const enable = () => {
    const usable = photos.list.filter((photo) => !photo.refused).length;
    byId("one").disabled = Boolean(running) || !photos.selected || photos.selected.refused || Boolean(settings.missing);
    byId("all").disabled = Boolean(running) || usable < 2 || Boolean(settings.missing);
    byId("all").textContent = usable > 1 ? `All ${usable} as ZIP` : "All as ZIP";
  };
  const run = async (job) => {
    running = new AbortController();
    working(true, enable);
    try {
      tell(await job(running.signal));
    } catch (error) {
      tell(error.name === "AbortError" ? "Stopped." : [error.message, error.hint].filter(Boolean).join("; "));
    } finally {
      running = null;
      working(false, enable);
    }
  };
  for (const what of ["list", "select"]) photos.addEventListener(what, enable);
  settings.addEventListener("change", enable);
  byId("one").addEventListener("click", () => run((signal) => saveOne(photos.selected, settings.copy(), results, signal)));
  byId("all").addEventListener("click", () => run((signal) => saveAll(photos.list.filter((photo) => !photo.refused), settings.copy(), results, signal)));
  byId("stop").addEventListener("click", () => running?.abort());
}

async function saveOne(photo, settings, results, signal) {
  const { blob, name } = await results.full(photo, settings.task, signal, {}, settings);
  offer(blob, name);
  return `Saved ${name}.`;
}

async function saveAll(photos, settings, results, signal) {
  const [made, failed] = [[], []];
  for (const photo of photos) {
    byId("progress").value = (made.length + failed.length) / photos.length;
    try {
      made.push(await results.full(photo, settings.task, signal, {}, settings));
    } catch (error) {
      if (error.name === "AbortError") throw error;
      failed.push(`${photo.name}: ${error.message}`);
    }
  }
  const names = unique(made.map(({ name }) => name));
  if (made.length) offer(await zip(made.map(({ blob }, place) => ({ name: names[place], blob }))), `edgebokeh-${settings.task}.zip`);
  return [`Saved ${made.length} of ${photos.length}.`, ...failed].join("\n");
}

function offer(blob, name) {
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function working(on, enable) {
  byId("progress").value = 0;
  byId("progress").hidden = byId("stop").hidden = !on;
  if (on) tell("");
  enable();
}

function tell(text) {
  byId("told").textContent = text;
  if (text) speak(text);
}
