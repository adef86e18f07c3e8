/** Dark or light: as the system wants it, until the button says otherwise. */

import { byId } from "./dom.js";

const KEPT = "theme";

export function startTheme() {
  const button = byId("theme");
  const wanted = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const kept = localStorage.getItem(KEPT);
    if (kept) document.documentElement.dataset.theme = kept;
    button.setAttribute("aria-pressed", String(kept ? kept === "dark" : wanted.matches));
  };
  wanted.addEventListener("change", show);
  button.addEventListener("click", () => {
    localStorage.setItem(KEPT, button.getAttribute("aria-pressed") === "true" ? "light" : "dark");
    show();
  });
  show();
}
