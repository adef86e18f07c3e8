/** The command line that gives the same results, to copy; or why there is none. */

import { byId } from "./dom.js";
import { Latest } from "./latest.js";
import { request } from "./requests.js";
import { speak } from "./speak.js";
import { about } from "./uploads.js";

/** The status of a request whose query is longer than the server takes. */
const TOO_LONG = 431;
const MANY = "These are too many names for one line; name their folder instead.";

/**
 * @param {import("./photos.js").Photos} photos
 * @param {import("./settings.js").Settings} settings
 */
export function startCommand(photos, settings) {
  const latest = new Latest();
  let asked = "";
  const show = () => {
    const all = photos.list.filter((photo) => !photo.refused).map((photo) => photo.name);
    const names = [...new Set(all)];
    byId("twins").hidden = names.length === all.length;
    const file = settings.task === "blur" ? settings.file : null;
    const query = (id) => {
      const made = settings.query(settings.task, true, id);
      for (const name of names) made.append("name", name);
      return made.toString();
    };
    if (query(file?.name) === asked) return;
    asked = query(file?.name);
    if (!names.length || settings.missing) write("");
    else latest.ask(async (signal) => {
      const [text, why] = await line(file, query, signal);
      write(text, why);
      // Another time it may go well: where the token was missing, for example.
      if (why && why !== MANY) asked = "";
    });
  };
  photos.addEventListener("list", show);
  settings.addEventListener("change", show);
  byId("copy").addEventListener("click", async () => {
    await copy(byId("line"));
    speak("The command line is copied.");
    byId("copy").textContent = "Copied";
    setTimeout(() => (byId("copy").textContent = "Copy"), 2000);
  });
}

/** The line, or "" and why. */
async function line(file, query, signal) {
  const ask = (id) => request(`v1/command?${query(id)}`, "json", { signal });
  try {
    return [(await about(file ? [file] : [], ask)).body.command];
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.status === TOO_LONG) return ["", MANY];
    return ["", [error.message, error.hint].filter(Boolean).join("; ")];
  }
}

function write(text, why = "") {
  byId("line").textContent = text;
  byId("no-line").textContent = why;
  byId("no-line").hidden = !why;
  byId("copy").disabled = !text;
}

/** Copies an element's text; where the page may not write to the clipboard, as over plain HTTP, by selecting it. */
async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  getSelection().selectAllChildren(element);
  document.execCommand("copy");
  return getSelection().removeAllRanges();
}
