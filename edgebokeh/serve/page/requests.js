/** Requests to the server that the page came from; they wait where it is busy, and go on when it is back. */

/** Tries of a request that is told to wait, or whose connection breaks although the server is there. */
const TRIES = 6;
const LONGEST_PAUSE = 15;

const BUSY = new Set([429, 503]);

/** An answer of the server that is an error: its own words, and its hint. */
export class ServerError extends Error {
  constructor(status, { message, hint = "", code = "" }) {
    super(message);
    this.name = "ServerError";
    this.status = status;
    this.hint = hint;
    this.code = code;
  }
}

/** Tells by the event "change" how the server is: its `state` is "fine", "busy" or "gone". */
export const server = Object.assign(new EventTarget(), { state: "fine" });

function report(state) {
  if (server.state === state) return;
  server.state = state;
  server.dispatchEvent(new Event("change"));
}

/**
 * The body of an answer, and its headers.
 * @param {string} path relative to the page
 * @param {"json"|"blob"|"text"} kind of the body
 * @param {RequestInit} options
 * Throws a ServerError, or an AbortError when `options.signal` says so.
 */
export async function request(path, kind, options = {}) {
  for (let tries = 1; ; tries++) {
    try {
      const response = await fetch(path, options);
      if (BUSY.has(response.status) && tries < TRIES) {
        report("busy");
        await pause(wait(response, tries), options.signal);
        continue;
      }
      report("fine");
      if (!response.ok) throw await failure(response);
      return { body: await response[kind](), headers: response.headers };
    } catch (error) {
      if (error.name === "AbortError" || error.name === "ServerError") throw error;
      await back(options.signal);
      if (tries >= TRIES) throw broken();
    }
  }
}

async function failure(response) {
  const told = await response.json().catch(() => ({}));
  const message = told.message ?? `the server answered ${response.status}`;
  return new ServerError(response.status, { ...told, message });
}

function broken() {
  return new ServerError(0, { message: "the server breaks the connection off", hint: "see what it says in its terminal" });
}

function wait(response, tries) {
  const asked = Number(response.headers.get("Retry-After"));
  return Math.min(LONGEST_PAUSE, asked > 0 ? asked : tries / 2);
}

/** Waits until the server answers again; however many requests wait, it is asked once at a time. */
async function back(signal) {
  for (let seconds = 0.25; ; seconds = Math.min(4, seconds * 2)) {
    const there = await (asking ??= ask());
    if (there) return;
    report("gone");
    await pause(seconds, signal);
  }
}

let asking = null;

async function ask() {
  try {
    return (await fetch("healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  } finally {
    asking = null;
  }
}

/** Waits; throws an AbortError when the signal says so. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
