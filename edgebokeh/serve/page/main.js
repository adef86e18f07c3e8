/** The page: its parts made, and put together. */

import { startCommand } from "./command.js";
import { startControls } from "./controls.js";
import { startDivider } from "./divider.js";
import { byId } from "./dom.js";
import { startGestures } from "./gestures.js";
import { startIntake } from "./intake.js";
import { Photos } from "./photos.js";
import { Pictures } from "./pictures.js";
import { request } from "./requests.js";
import { Results } from "./results.js";
import { startSave } from "./save.js";
import { Settings } from "./settings.js";
import { speak } from "./speak.js";
import { Stage } from "./stage.js";
import { startStrip } from "./strip.js";
import { startTheme } from "./theme.js";
import { startThumbnails } from "./thumbnails.js";
import { startTrouble } from "./trouble.js";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

async function start() {
  startTheme();
  byId("promise").textContent = LOOPBACK.has(location.hostname)
    ? "Your photos stay on this machine."
    : `Your photos go to ${location.hostname} and nowhere else.`;
  const photos = new Photos();
  const stage = new Stage(byId("canvas"));
  startTrouble(photos, () => pictures?.refresh());
  startGestures(stage);
  startDivider(stage);
  startStrip(photos);
  startViews(stage);
  let pictures = null;
  const [options, tables] = await Promise.all(["v1/options", "v1/styles"].map((path) => request(path, "json")));
  const settings = new Settings(options.body.options, tables.body.styles);
  const results = new Results(settings);
  startControls(settings, tables.body);
  pictures = new Pictures(photos, settings, results, stage);
  startThumbnails(photos, settings, results);
  startCommand(photos, settings);
  startSave(photos, settings, results);
  startCaption(photos, stage);
  startIntake((files) => {
    photos.add(files);
    speak(files.length === 1 ? `${files[0].name} added.` : `${files.length} photos added.`);
  });
  document.documentElement.dataset.ready = "";
}

function startViews(stage) {
  for (const input of document.querySelectorAll("input[name=view]")) {
    input.addEventListener("change", () => stage.setView(input.value));
  }
}

/** What the picture is, below it, and for a screen reader. */
function startCaption(photos, stage) {
  stage.addEventListener("view", () => {
    const photo = photos.selected;
    const size = photo?.size ? `${photo.size.width} × ${photo.size.height}` : "";
    const text = [photo?.name, size, ...(photo?.notes ?? [])].filter(Boolean).join(" · ");
    if (byId("caption").textContent !== text) byId("caption").textContent = text || " ";
    byId("stage").setAttribute("aria-label", photo ? `${photo.name}: ${stage.view}` : "Picture");
  });
}

start().catch((error) => {
  byId("connection").hidden = false;
  byId("connection").textContent = [error.message, error.hint].filter(Boolean).join("; ");
});
