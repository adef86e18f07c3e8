/** Dark or light: as the system wants it, until the button says otherwise, which names the other one. */

import { byId } from "./dom.js";

const KEPT = "theme";

export function startTheme() {
  const button = byId("theme");
  const wanted = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const kept = localStorage.getItem(KEPT);
    if (kept) document.documentElement.dataset.theme = kept;
    button.textContent = (kept ?? (wanted.matches ? "dark" : "light")) === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `${button.textContent} theme`);
  };
  wanted.addEventListener("change", show);
  button.addEventListener("click", () => {
    localStorage.setItem(KEPT, button.textContent.toLowerCase());
    show();
  });
  show();
}
