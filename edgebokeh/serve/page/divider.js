/** The divider between before and after: a slider by mouse, finger and keyboard. */

import { byId } from "./dom.js";

const STEPS = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };

/** @param {import("./stage.js").Stage} stage */
export function startDivider(stage) {
  const divider = byId("divider");
  divider.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    stage.setSplit(stage.split + step);
  });
  divider.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    divider.setPointerCapture(event.pointerId);
  });
  divider.addEventListener("pointermove", (event) => {
    if (divider.hasPointerCapture(event.pointerId)) splitAt(stage, event.clientX);
  });
  stage.addEventListener("view", () => place(stage, divider));
}

/** Moves the divider to a place across the window. */
export function splitAt(stage, clientX) {
  const { from, to } = stage.viewport.seen;
  const x = (clientX - stage.canvas.getBoundingClientRect().left) * devicePixelRatio;
  if (to > from) stage.setSplit((x - from) / (to - from));
}

function place(stage, divider) {
  const comparing = stage.photo !== null && stage.shown.length > 1;
  for (const id of ["divider", "before", "after"]) byId(id).hidden = !comparing;
  const percent = Math.round(stage.split * 100);
  divider.style.transform = `translateX(${stage.dividerAt / devicePixelRatio}px)`;
  divider.setAttribute("aria-valuenow", String(percent));
  divider.setAttribute("aria-valuetext", `before ${percent} %, after ${100 - percent} %`);
}
