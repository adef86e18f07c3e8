/** What is said to screen readers, in words that do not stand still long enough to be found by eye. */

import { byId } from "./dom.js";

/** Says a text once, after what is being said. */
export function speak(text) {
  byId("say").textContent = text;
}
