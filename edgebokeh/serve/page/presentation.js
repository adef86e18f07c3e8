/** How options of the server appear: a row each. An option without a row appears in plain form under "More". */

/**
 * section: where it stands. label, unit: what is read. low, high, step: of its slider; more can be typed in.
 * rest: where the slider stands when nothing is set, and `unset` what is read then. start: what is sent then.
 */
export const ROWS = {
  style: { section: "Background", label: "Style", chips: true },
  strength: { section: "Background", label: "Strength", low: 0, high: 100, step: 1, rest: 20, unset: "auto" },
  falloff: { section: "Background", label: "Falloff", unit: "%", low: 0, high: 100, step: 1, rest: 0 },
  blades: { section: "Background", label: "Blades", choices: { "": "Round", 5: "5", 6: "6", 7: "7", 8: "8", 9: "9" } },
  highlights: { section: "Background", label: "Highlights", low: 0, high: 100, step: 1, rest: 50 },
  angle: { section: "Background", label: "Angle", unit: "°", low: -90, high: 90, step: 1, rest: 0 },
  line: { section: "Background", label: "Sharp height", unit: "%", low: 0, high: 100, step: 1, rest: 80, unset: "feet" },
  band: { section: "Background", label: "Sharp band", unit: "%", low: 0, high: 100, step: 1, rest: 20 },
  color: { section: "Background", label: "Colour", start: "#2060a0" },
  image: { section: "Background", label: "Picture" },
  quality: { section: "Subject", label: "Quality", chips: true },
  subject: { section: "Subject", label: "People", choices: { "": "All", main: "The main one" } },
  expand: { section: "Subject", label: "Expand", unit: "px", low: -20, high: 20, step: 0.5, rest: 0 },
  feather: { section: "Subject", label: "Feather", unit: "px", low: 0, high: 40, step: 0.5, rest: 0 },
  "min-subject": { section: "More", label: "Smallest subject", unit: "%", low: 0, high: 20, step: 0.5, rest: 0.5 },
  "no-person": {
    section: "More", label: "Without a person", choices: { "": "Keep it sharp", blur: "Blur all of it", fail: "Fail" },
  },
  format: {
    section: "Save", label: "Format",
    choices: { "": "As the photo", jpg: "JPEG", png: "PNG", webp: "WebP", avif: "AVIF" },
  },
  "quality-jpeg": { section: "Save", label: "JPEG quality", low: 1, high: 100, step: 1, rest: 95, unset: "auto" },
  strip: { section: "Save", label: "Leave out EXIF and position" },
};

/** Options that the page has no use for: it compares by itself, and has a strength instead of a kernel. */
export const HIDDEN = new Set(["classic", "compare", "kernel"]);

/** Sections of the controls in their order. "Save" stands elsewhere. */
export const SECTIONS = ["Background", "Subject", "More"];

/** What can be saved: tasks of the server. */
export const TASKS = { blur: "Blurred photo", cutout: "Cut-out", mask: "Mask" };

/** The row of an option, made up where there is none. */
export function row(option) {
  const words = option.name.replaceAll("-", " ");
  return ROWS[option.name] ?? { section: "More", label: words[0].toUpperCase() + words.slice(1) };
}
