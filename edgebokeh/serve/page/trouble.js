/** What went wrong: with the photo that is looked at, and with the server. */

import { byId } from "./dom.js";
import { server } from "./requests.js";
import { speak } from "./speak.js";

const CONNECTION = {
  gone: "The server does not answer. Start it again with “edgebokeh serve”: this page goes on by itself.",
  busy: "The server is busy. Waiting for it…",
  fine: "",
};

/**
 * @param {import("./photos.js").Photos} photos
 * @param {() => void} again draws anew
 */
export function startTrouble(photos, again) {
  let told = null;
  const show = () => {
    const photo = photos.selected;
    const error = photo?.state === "failed" ? photo.error : null;
    byId("trouble").hidden = !error;
    byId("empty").hidden = photos.list.length > 0;
    if (error && error !== told) {
      const message = error.message.includes(photo.name) ? error.message : `${photo.name}: ${error.message}`;
      byId("what").textContent = message;
      byId("hint").textContent = error.hint ?? "";
      speak(`Failed. ${message}. ${error.hint ?? ""}`);
    }
    told = error;
  };
  for (const what of ["list", "select"]) photos.addEventListener(what, show);
  byId("again").addEventListener("click", () => {
    photos.selected.refused = false;
    photos.mark(photos.selected, "waiting");
    byId("stage").focus();
    again();
  });
  byId("drop").addEventListener("click", () => {
    photos.remove(photos.selected);
    (byId("strip").querySelector("[aria-current=true]") ?? byId("choose")).focus();
  });
  server.addEventListener("change", () => {
    const text = CONNECTION[server.state];
    byId("connection").hidden = !text;
    byId("connection").textContent = text;
  });
}
