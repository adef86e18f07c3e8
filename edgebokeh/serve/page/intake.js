/** Photos on their way in: chosen, dropped with their folders, or pasted. */

import { byId } from "./dom.js";

/** @param {(files: File[]) => void} take */
export function startIntake(take) {
  const input = byId("files");
  for (const id of ["add", "choose"]) {
    byId(id).addEventListener("click", () => input.click());
    byId(id).disabled = false;
  }
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(files);
  });
  startDrop(take);
}

function startDrop(take) {
  const sign = byId("dropping");
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    sign.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) sign.hidden = true;
  });
  document.addEventListener("drop", async (event) => {
    sign.hidden = true;
    if (!carries(event)) return;
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
    const files = entries.every(Boolean) ? (await Promise.all(entries.map(inside))).flat() : [...event.dataTransfer.files];
    if (files.length) take(files);
  });
}

/** The files of an entry, those of a folder by name; hidden ones are passed over. One that cannot be read is empty, which the server says. */
async function inside(entry) {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) return [await new Promise((resolve) => entry.file(resolve, () => resolve(new File([], entry.name))))];
  const reader = entry.createReader();
  const entries = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) break;
    entries.push(...some);
  }
  entries.sort((one, two) => one.name.localeCompare(two.name));
  return (await Promise.all(entries.map(inside))).flat();
}
