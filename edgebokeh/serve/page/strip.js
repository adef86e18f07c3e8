/** The strip: a small picture of each photo, with how far it is. Arrow keys go along it, Delete removes. */

import { byId, make } from "./dom.js";

const WAYS = { ArrowLeft: -1, ArrowRight: 1 };

/** @param {import("./photos.js").Photos} photos */
export function startStrip(photos) {
  const items = new Map();
  const show = () => {
    for (const [photo, item] of items) if (!photos.list.includes(photo)) {
      item.element.remove();
      items.delete(photo);
    }
    for (const photo of photos.list) {
      if (!items.has(photo)) items.set(photo, entry(photos, photo));
      const item = items.get(photo);
      if (!item.element.isConnected) byId("strip").append(item.element);
      item.show();
    }
  };
  photos.addEventListener("list", show);
  photos.addEventListener("select", () => {
    show();
    items.get(photos.selected)?.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  byId("strip").addEventListener("keydown", (event) => {
    const place = photos.list.indexOf(photos.selected);
    if (event.key === "Delete") take(photos, photos.selected);
    else if (event.key in WAYS) photos.select(photos.list[place + WAYS[event.key]] ?? photos.selected);
    else return;
    event.preventDefault();
    (items.get(photos.selected)?.button ?? byId("choose")).focus();
  });
}

function take(photos, photo) {
  if (photo) photos.remove(photo);
}

function entry(photos, photo) {
  const picture = make("img", { alt: "", hidden: true });
  const state = make("span", { className: "state" });
  const button = make("button", { type: "button", className: "thumb" }, picture,
    make("span", { className: "name" }, photo.name), state);
  const remove = make("button", { type: "button", className: "remove", "aria-label": `Remove ${photo.name}`, title: "Remove" }, "×");
  button.addEventListener("click", () => photos.select(photo));
  remove.addEventListener("click", () => {
    photos.remove(photo);
    byId("strip").querySelector("[aria-current=true]")?.focus();
  });
  const element = make("li", {}, button, remove);
  const show = () => {
    const current = photo === photos.selected;
    element.dataset.state = photo.state;
    state.textContent = photo.state;
    button.setAttribute("aria-current", String(current));
    button.tabIndex = remove.tabIndex = current ? 0 : -1;
    picture.hidden = !photo.thumbnail;
    if (photo.thumbnail && picture.src !== photo.thumbnail) picture.src = photo.thumbnail;
  };
  return { element, button, show };
}
