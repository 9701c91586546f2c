// What every part of the studio stands on: finding and making elements, asking the server, saying what happened.
// In: a page that the server wrote. It knows nothing of lines, blocks or players.

// @ts-check

/** @type {(css: string, within?: ParentNode) => any} */
export const one = (css, within = document) => within.querySelector(css);

/** @type {(css: string, within?: ParentNode) => any[]} */
export const all = (css, within = document) => [...within.querySelectorAll(css)];

/**
 * A new element. Text comes in as text: what was said or written elsewhere is never read as HTML.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes] `true` sets an empty one, `false` none
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/**
 * An element that holds HTML that the server has made safe: only fields named `html` come here.
 * @param {string} html
 * @param {Record<string, string>} [attributes]
 */
export function made(html, attributes = {}) {
  const element = make("div", attributes);
  element.innerHTML = html;
  return element;
}

/** What the server said no to, or (`status` 0) could not be asked. */
export class Refused extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * What the server answers, as JSON. Raises `Refused` with a line for a person.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {RequestInit} [more]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body, more = {}) {
  /** @type {RequestInit} */
  const request = { method, ...more };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Refused("the studio does not answer", 0);
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(told.error || `the studio answered ${answer.status}`, answer.status);
  return told;
}

/** Says `text` to a screen reader, when it has finished what it is saying. @param {string} text */
export function say(text) {
  one("#said").textContent = text;
}

/**
 * A line at the foot of the page for a while, with at most one thing to press.
 * @param {string} text
 * @param {{label?: string, act?: () => void, isAlarm?: boolean, stays?: boolean}} [more]
 * @returns {() => void} takes it away
 */
export function toast(text, { label, act, isAlarm = false, stays = false } = {}) {
  const box = make("div", { class: isAlarm ? "toast is-alarm" : "toast" }, make("span", {}, text));
  const away = () => box.remove();
  const press = (/** @type {string} */ name, /** @type {() => void} */ then) => {
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => {
      away();
      then();
    });
    box.append(button);
  };
  if (label && act) press(label, act);
  if (isAlarm && !stays) press("Close", () => {});
  const place = one(isAlarm ? "#alerts" : "#told");
  if (!isAlarm) place.replaceChildren();
  place.append(box);
  if (!isAlarm && !stays) setTimeout(away, label ? 12_000 : 5_000);
  return away;
}

/** Shows what went wrong. @param {unknown} error */
export function alarm(error) {
  const text = error instanceof Error ? error.message : String(error);
  if ([...one("#alerts").children].some((box) => box.firstChild.textContent === text)) return;
  toast(text, { isAlarm: true });
}

/** Waits for `promise` and shows its error. @template T @param {Promise<T>} promise @returns {Promise<T | undefined>} */
export function shown(promise) {
  return promise.catch((error) => {
    if (!(error instanceof Refused)) throw error;
    alarm(error);
    return undefined;
  });
}

/** What this browser remembers under `name`, or `otherwise`. @param {string} name @param {string} otherwise */
export function remembered(name, otherwise) {
  try {
    return localStorage.getItem(`scribe.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`scribe.${name}`, value);
  } catch {
    // Storage may be denied; then it is forgotten with the page.
  }
}

/** Seconds as a clock, "1:02:03". @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "1 statement", "3 statements". @param {number} n @param {string} noun */
export const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** Whether the person writes in `element`, so that a letter is a letter. @param {any} element */
export function isField(element) {
  return (
    element instanceof Element && element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")
  );
}

/**
 * Scrolls `element` into its pane: at once when it is far, so that nobody waits.
 * @param {any} element
 * @param {ScrollLogicalPosition} [block]
 */
export function reveal(element, block = "center") {
  // Turns off the screen have guessed heights: as they are drawn, the place moves, for a frame or two.
  let frames = 8;
  let top = NaN;
  const settle = () => {
    if (!(Math.abs(element.getBoundingClientRect().top - top) < 1)) {
      element.scrollIntoView({ block, behavior: "auto" });
      top = element.getBoundingClientRect().top;
    }
    if ((frames -= 1) > 0) requestAnimationFrame(settle);
  };
  const at = element.getBoundingClientRect().top;
  if (at < -innerHeight / 2 || at > 1.5 * innerHeight || matchMedia("(prefers-reduced-motion: reduce)").matches)
    return settle();
  element.scrollIntoView({ block, behavior: "smooth" });
  setTimeout(() => {
    const { top: high, bottom: low } = element.getBoundingClientRect();
    if (low < 0 || high > innerHeight) settle();
  }, 600);
}

/** Marks `pieces` (ranges) under `name`, in browsers that can. @param {string} name @param {Range[]} pieces */
export function highlight(name, pieces) {
  const registry = /** @type {any} */ (CSS).highlights;
  if (!registry) return;
  if (pieces.length) registry.set(name, new /** @type {any} */ (window).Highlight(...pieces));
  else registry.delete(name);
}

/**
 * Opens the small dialog for a name; the answer is the name, or null.
 * @param {{head: string, told: string, name: string, yes: string, names?: string[]}} what
 * @returns {Promise<string | null>}
 */
export function askName({ head, told, name, yes, names = [] }) {
  const dialog = one("#small");
  const field = one("#small-name");
  one("#small-head").textContent = head;
  one("#small-told").textContent = told;
  one("#small-yes").textContent = yes;
  one("#names").replaceChildren(...names.map((value) => make("option", { value })));
  field.value = name;
  dialog.returnValue = "";
  dialog.showModal();
  field.select();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes" ? field.value.trim() || null : null), {
      once: true,
    });
  });
}
