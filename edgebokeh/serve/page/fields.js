/**
 * Fields, one for each kind of option. Each makes the elements of an option and returns how to show its value:
 * `field(option, row, set)` gives `{ element, show(value) }`; `set(value)` is called as the photographer changes it.
 */

import { make } from "./dom.js";
import { speak } from "./speak.js";
import { Upload } from "./uploads.js";

/** A slider with a field for the exact number; both have one label. */
export function slider(option, row, set) {
  const id = `option-${option.name}`;
  const range = make("input", { id, type: "range", min: row.low, max: row.high, step: row.step });
  const exact = make("input", {
    type: "number", min: option.minimum ?? row.low, max: option.maximum ?? row.high, step: "any",
    placeholder: row.unset ?? String(row.rest), "aria-label": `${row.label}, exactly`,
  });
  range.addEventListener("input", () => set(range.value));
  const back = typed(exact, row, set);
  const show = (value) => {
    back.value = value ?? "";
    range.value = value ?? row.rest;
    range.style.setProperty("--share", `${((range.value - row.low) / (row.high - row.low)) * 100}%`);
    range.setAttribute("aria-valuetext", value === null ? (row.unset ?? `${row.rest}`) : `${value} ${row.unit ?? ""}`.trim());
    if (exact !== document.activeElement || value === null) exact.value = value ?? "";
  };
  const number = make("span", { className: "number" }, exact, make("span", { className: "unit" }, row.unit ?? ""));
  return { element: labelled(option, row, set, id, number, range), show };
}

/** Sets what is typed as long as it may be; what may not is said, and gives way to the `value` of what is returned. */
function typed(input, row, set) {
  const back = { value: "" };
  input.addEventListener("input", () => input.validity.valid && set(input.value));
  input.addEventListener("change", () => {
    if (input.validity.valid) return;
    speak(`${row.label}: ${input.validationMessage}`);
    input.value = back.value;
  });
  return back;
}

/** A number, a text or a colour in the browser's own field. */
export function plain(option, row, set) {
  const id = `option-${option.name}`;
  const type = { number: "number", integer: "number", color: "color" }[option.kind] ?? "text";
  const input = make("input", { id, type });
  if (type === "number") Object.assign(input, { min: option.minimum ?? "", max: option.maximum ?? "", step: "any" });
  const back = typed(input, row, set);
  const show = (value) => {
    back.value = value ?? row.start ?? option.default ?? "";
    if (input !== document.activeElement || value === null) input.value = back.value;
  };
  return { element: labelled(option, row, set, id, input), show };
}

/** One of several in a list. */
export function choice(option, row, set) {
  const id = `option-${option.name}`;
  const names = row.choices ?? { "": "Default", ...Object.fromEntries(option.choices.map((name) => [name, name])) };
  const entries = Object.entries(names).sort(([one], [two]) => (one === "" ? -1 : two === "" ? 1 : 0));
  const select = make("select", { id }, ...entries.map(([value, label]) => make("option", { value }, label)));
  select.addEventListener("change", () => set(select.value));
  return { element: labelled(option, row, set, id, select), show: (value) => (select.value = value ?? "") };
}

/** One of several, all in sight; `summaries` tells what each does. */
export function chips(option, row, set, summaries) {
  const inputs = Object.keys(summaries).map((value) => make("input", { type: "radio", name: option.name, value }));
  const told = make("p", { className: "told", id: `told-${option.name}` });
  const group = make("div", { className: "chips" }, ...inputs.map((input) => make("label", {}, input, make("span", {}, input.value))));
  for (const input of inputs) {
    input.setAttribute("aria-describedby", told.id);
    input.addEventListener("change", () => set(input.value));
  }
  const element = make("fieldset", { className: "field" }, make("legend", {}, row.label), group, told);
  const show = (value) => {
    const shown = value ?? option.default;
    for (const input of inputs) input.checked = input.value === shown;
    told.textContent = summaries[shown] ?? "";
  };
  return { element, show };
}

/** Yes or no. */
export function flag(option, row, set) {
  const input = make("input", { type: "checkbox" });
  input.addEventListener("change", () => set(input.checked ? "true" : null));
  const element = make("label", { className: "field flag", title: option.help }, input, make("span", {}, row.label));
  return { element, show: (value) => (input.checked = value === "true") };
}

/** A file, which is sent when it is used. */
export function file(option, row, set) {
  const input = make("input", { type: "file", accept: "image/*", id: `option-${option.name}` });
  input.addEventListener("change", () => {
    const [chosen] = input.files;
    if (chosen) set(new Upload(chosen, chosen.name));
  });
  const show = (value) => {
    if (value === null) input.value = "";
  };
  return { element: labelled(option, row, set, input.id, input), show };
}

function labelled(option, row, set, id, ...inputs) {
  const back = make("button", { type: "button", className: "back", "aria-label": `Reset ${row.label}`, title: "Reset" }, "↺");
  back.addEventListener("click", () => {
    set(null);
    document.getElementById(id).focus();
  });
  const label = make("label", { for: id, title: option.help }, row.label);
  return make("div", { className: "field" }, make("div", { className: "head" }, label, ...inputs.slice(0, -1), back), inputs.at(-1));
}
