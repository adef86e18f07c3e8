/** Small pictures of every photo's result, drawn one by one when nothing else is to be done. */

import { Latest } from "./latest.js";
import { pause } from "./requests.js";

const SIDE = 240;

/** Seconds of rest after a change. */
const REST = 0.6;

/**
 * @param {import("./photos.js").Photos} photos
 * @param {import("./settings.js").Settings} settings
 * @param {import("./results.js").Results} results
 */
export function startThumbnails(photos, settings, results) {
  const latest = new Latest();
  const key = () => results.key(settings.task);
  const draw = async (photo, signal) => {
    try {
      await photos.ready(photo);
      const tried = key();
      const { body } = await results.preview(photo, settings.task, SIDE, signal);
      if (photo.thumbnail) URL.revokeObjectURL(photo.thumbnail);
      photo.thumbnail = URL.createObjectURL(body);
      photo.tried = tried;
      photos.mark(photo, "drawn");
    } catch (error) {
      if (error.name === "AbortError") throw error;
      photo.tried = key();
      photos.mark(photo, "failed", error);
    }
  };
  const work = async (signal) => {
    if (photos.list.every((photo) => photo.thumbnail)) await pause(REST, signal);
    if (settings.missing) return;
    for (const photo of [...photos.list]) {
      signal.throwIfAborted();
      if (!photo.refused && photo.tried !== key() && photos.list.includes(photo)) await draw(photo, signal);
    }
  };
  const ask = () => latest.ask(work);
  photos.addEventListener("added", ask);
  settings.addEventListener("change", ask);
}
