/** The controls: a field for each option of the server, in sections, shown where the style and the task need it. */

import { byId, make } from "./dom.js";
import * as fields from "./fields.js";
import { HIDDEN, row, ROWS, SECTIONS, TASKS } from "./presentation.js";

/** Fields by the kind of their option. */
const FIELDS = {
  number: fields.plain, integer: fields.plain, text: fields.plain, color: fields.plain,
  choice: fields.choice, flag: fields.flag, file: fields.file,
};

/**
 * Fills the form and the part about saving.
 * @param {import("./settings.js").Settings} settings
 * @param {{styles: object[], qualities: object[]}} tables
 */
export function startControls(settings, tables) {
  const shown = settings.options.filter((option) => !HIDDEN.has(option.name)).map((option) => field(option, settings, tables));
  const of = (section) => shown.filter((one) => one.section === section).sort((one, two) => one.place - two.place);
  for (const section of SECTIONS) byId("controls").append(part(section, of(section)));
  byId("saved").append(tasks(settings), ...of("Save").map((one) => one.element));
  const reset = make("button", { type: "button", id: "reset" }, "Reset all");
  reset.addEventListener("click", () => settings.reset());
  byId("controls").append(reset);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  const show = () => shown.forEach((one) => one.show());
  settings.addEventListener("change", show);
  show();
}

function field(option, settings, tables) {
  const how = row(option);
  const set = (value) => settings.set(option.name, value);
  const { element, show } = special[option.name]?.(option, how, settings, tables) ?? kind(option, how)(option, how, set);
  const place = Object.keys(ROWS).indexOf(option.name);
  return {
    element, section: how.section, place: place < 0 ? Infinity : place,
    show: () => {
      element.hidden = !settings.fits(option) || !option.tasks.includes(settings.task);
      element.classList.toggle("set", settings.get(option.name) !== null);
      show(settings.get(option.name));
    },
  };
}

function kind(option, how) {
  if (how.choices) return fields.choice;
  return "rest" in how ? fields.slider : (FIELDS[option.kind] ?? fields.plain);
}

/** Options whose choices come with a line on each. */
const special = {
  style: (option, how, settings, { styles }) => {
    const grey = make("input", { type: "checkbox" });
    const too = make("label", { className: "flag" }, grey, make("span", {}, "without colour, too"));
    const set = (value) => settings.set("style", grey.checked && isBlur(styles, value) ? `${value}+grey` : value);
    const inner = fields.chips(option, how, set, summaries(styles));
    grey.addEventListener("change", () => set(settings.parts[0]));
    inner.element.append(too);
    return {
      element: inner.element,
      show: () => {
        grey.checked = settings.parts.length > 1;
        too.hidden = !settings.blurs;
        inner.show(settings.parts[0]);
      },
    };
  },
  quality: (option, how, settings, { qualities }) => {
    const standard = qualities.find((quality) => quality.default)?.name;
    const set = (value) => settings.set("quality", value === standard ? null : value);
    const inner = fields.chips({ ...option, default: standard }, how, set, summaries(qualities));
    return { element: inner.element, show: () => inner.show(settings.get("quality")) };
  },
};

const isBlur = (styles, name) => styles.find((style) => style.name === name)?.blur;

const summaries = (rows) => Object.fromEntries(rows.map(({ name, summary }) => [name, summary]));

function part(title, inside) {
  const elements = inside.map((one) => one.element);
  if (title === "More") return make("details", {}, make("summary", {}, title), ...elements);
  return make("section", {}, make("h2", {}, title), ...elements);
}

function tasks(settings) {
  const select = make("select", { id: "task" }, ...Object.entries(TASKS).map(([value, label]) => make("option", { value }, label)));
  select.addEventListener("change", () => settings.setTask(select.value));
  return make("div", { className: "field" }, make("div", { className: "head" }, make("label", { for: "task" }, "What")), select);
}
