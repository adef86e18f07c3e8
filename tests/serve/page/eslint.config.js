/** Rules for the scripts of the page: what would be a mistake in any style. */

const BROWSER = `AbortController Blob DataView Event EventTarget File FormData Map Node ResizeObserver URL URLSearchParams
  TextEncoder clearTimeout console createImageBitmap devicePixelRatio document fetch getSelection localStorage location
  matchMedia navigator performance requestAnimationFrame setTimeout`;

export default [
  {
    languageOptions: { globals: Object.fromEntries(BROWSER.split(/\s+/).map((name) => [name, "readonly"])) },
    rules: Object.fromEntries(
      `no-undef no-unused-vars prefer-const eqeqeq no-var no-shadow no-eval no-implied-eval no-fallthrough no-unreachable
       no-dupe-keys no-const-assign no-self-assign no-unsafe-finally no-useless-escape max-depth`.split(/\s+/).map((rule) => [rule, "error"]),
    ),
  },
];
