/** Zooming and moving: by wheel, double click, fingers, keys and buttons. */

import { splitAt } from "./divider.js";
import { byId } from "./dom.js";

const MOVE = 64;
const KEYS = {
  "+": (stage) => stage.viewport.step(1), "=": (stage) => stage.viewport.step(1), "-": (stage) => stage.viewport.step(-1),
  0: (stage) => stage.viewport.fit(), 1: (stage) => stage.viewport.full(),
  ArrowLeft: (stage) => stage.viewport.pan(MOVE, 0), ArrowRight: (stage) => stage.viewport.pan(-MOVE, 0),
  ArrowUp: (stage) => stage.viewport.pan(0, MOVE), ArrowDown: (stage) => stage.viewport.pan(0, -MOVE),
};
const BUTTONS = { in: KEYS["+"], out: KEYS["-"], fit: KEYS[0], full: KEYS[1] };

/** @param {import("./stage.js").Stage} stage */
export function startGestures(stage) {
  const { canvas } = stage;
  for (const [id, act] of Object.entries(BUTTONS)) byId(id).addEventListener("click", () => run(stage, act));
  byId("stage").addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || event.target !== byId("stage") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    run(stage, act);
  });
  canvas.addEventListener("wheel", (event) => {
    if (!stage.photo) return;
    event.preventDefault();
    run(stage, () => stage.viewport.step(-Math.sign(event.deltaY), ...at(stage, event)));
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => run(stage, () => {
    if (stage.viewport.fitted) stage.viewport.zoomTo(1, ...at(stage, event));
    else stage.viewport.fit();
  }));
  startPointers(stage);
  stage.addEventListener("view", () => tell(stage));
}

function run(stage, act) {
  if (!stage.photo) return;
  act(stage);
  stage.changed();
}

/** A finger or the mouse moves the photo, or the divider where all of it is seen; two fingers zoom. */
function startPointers(stage) {
  const { canvas } = stage;
  const down = new Map();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, at(stage, event));
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = at(stage, event);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, now);
    if (other) run(stage, () => pinch(stage, before, now, other));
    else if (stage.viewport.movable) run(stage, () => stage.viewport.pan(now[0] - before[0], now[1] - before[1]));
    else if (stage.shown.length > 1) splitAt(stage, event.clientX);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => down.delete(event.pointerId));
}

function pinch({ viewport }, before, now, other) {
  const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
  if (apart(before) > 0) viewport.zoomTo((viewport.scale * apart(now)) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
}

/** Where an event is, in pixels of the canvas. */
function at({ canvas }, event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * devicePixelRatio, (event.clientY - box.top) * devicePixelRatio];
}

function tell(stage) {
  const { scale, fitted, movable } = stage.viewport;
  byId("scale").textContent = stage.photo ? `${Math.round(scale * 100)} %` : "–";
  byId("fit").setAttribute("aria-pressed", String(fitted));
  byId("full").setAttribute("aria-pressed", String(!fitted && scale === 1));
  byId("stage").classList.toggle("movable", stage.photo !== null && movable);
}
