// The queue of what a person should look at: doubtful passages, then unsupported claims, then findings on propositions.
// In: the queue as the server orders it. Out: "reviewed" and signatures, under a name.

// @ts-check

import { all, ask, askName, count, make, one, remember, remembered, say, shown, toast } from "./page.js";

const HEADS = /** @type {Record<string, string>} */ ({
  doubt: "Doubtful passages",
  claim: "Claims without support",
  lint: "Propositions",
});

/**
 * @param {string} api
 * @param {string} reviewer
 * @param {{toLines: (lines: number[], plays: boolean, shows: boolean) => void, toBlock: (block: string) => void, onSigned: () => void}} hooks
 */
export function openReview(api, reviewer, { toLines, toBlock, onSigned }) {
  const root = one("#queue");
  const name = one("#reviewer");
  /** @type {any} */
  let queue = { reviewed: 0, total: 0, items: [] };
  let current = "";

  name.value = remembered("reviewer", "") || reviewer || "";
  name.addEventListener("change", () => remember("reviewer", name.value.trim()));

  /** @param {{reviewed: number, total: number}} told */
  function progress({ reviewed, total }) {
    const text = total ? `${reviewed} of ${total}` : "";
    one("#progress").textContent = text;
    one("#tab-review").textContent = total ? `Review ${reviewed}/${total}` : "Review";
    const bar = one("#standing");
    bar.max = Math.max(1, total);
    bar.value = total ? reviewed : 1;
    one("#standing-said").textContent = total ? `${text} reviewed` : "Nothing is waiting for review";
  }

  const linesOf = (/** @type {any} */ item) =>
    item.lines?.length
      ? item.lines
      : item.first === null || item.first === undefined
        ? []
        : range(item.first, item.last ?? item.first + 1);
  const range = (/** @type {number} */ first, /** @type {number} */ last) =>
    Array.from({ length: Math.max(1, last - first) }, (_, k) => first + k);

  /** @param {any} item */
  function row(item) {
    const acts = [];
    if (linesOf(item).length && item.kind === "doubt")
      acts.push(make("button", { type: "button", "data-do": "play" }, "Play"));
    acts.push(make("button", { type: "button", "data-do": "go" }, "Go there"));
    acts.push(
      make("button", { type: "button", "data-do": "reviewed" }, item.is_reviewed ? "Not reviewed yet" : "Reviewed"),
    );
    if (item.kind === "lint" && item.block)
      acts.push(make("button", { type: "button", "data-do": "sign" }, "Sign off…"));
    const by = item.is_reviewed ? [item.by && `by ${item.by}`, item.at].filter(Boolean).join(", ") : "";
    return make(
      "li",
      { "data-key": item.key, class: item.key === current ? "is-here" : "" },
      make("p", { class: "what" }, item.title),
      make("p", { class: "why" }, [item.why, by && `reviewed ${by}`].filter(Boolean).join(" · ")),
      item.text ? make("p", { class: "words" }, item.text) : "",
      make("p", { class: "acts" }, ...acts),
    );
  }

  function draw() {
    const focus = /** @type {any} */ (document.activeElement)?.closest?.("#queue li")?.dataset.key;
    const act = /** @type {any} */ (document.activeElement)?.dataset?.do;
    const wasOpen = new Set(all("details[open]", root).map((details) => details.dataset.kind));
    const parts = [];
    for (const kind of Object.keys(HEADS)) {
      const items = queue.items.filter((/** @type {any} */ item) => item.kind === kind);
      if (!items.length) continue;
      const waiting = items.filter((/** @type {any} */ item) => !item.is_reviewed);
      const done = items.filter((/** @type {any} */ item) => item.is_reviewed);
      parts.push(make("h3", {}, `${HEADS[kind]} (${waiting.length} open)`));
      if (waiting.length) parts.push(make("ul", { class: "queue" }, ...waiting.map(row)));
      if (done.length) {
        const details = make(
          "details",
          { "data-kind": kind, open: wasOpen.has(kind) },
          make("summary", {}, `${done.length} reviewed`),
        );
        details.append(make("ul", { class: "queue" }, ...done.map(row)));
        parts.push(details);
      }
    }
    root.replaceChildren(...parts);
    progress(queue);
    if (focus) {
      const here = one(`[data-key="${CSS.escape(focus)}"]:not(details:not([open]) *)`, root) ?? one("li", root);
      one(`[data-do="${act}"]`, here ?? root)?.focus();
    }
  }

  async function load() {
    queue = await ask("GET", `${api}/queue`);
    draw();
    return queue;
  }

  const byKey = (/** @type {string} */ key) => queue.items.find((/** @type {any} */ item) => item.key === key);
  const waiting = () => queue.items.filter((/** @type {any} */ item) => !item.is_reviewed);

  /** @param {any} item @param {boolean} [plays] */
  function go(item, plays = false) {
    current = item.key;
    for (const element of all("li", root)) element.classList.toggle("is-here", element.dataset.key === current);
    const lines = linesOf(item);
    const isBlock = item.kind !== "doubt" && item.block;
    if (lines.length) toLines(lines, plays, !plays && !isBlock);
    if (isBlock) toBlock(item.block);
  }

  /** @param {any} item */
  async function review(item) {
    const by = name.value.trim();
    const told = await shown(ask("POST", `${api}/reviewed`, { key: item.key, is_reviewed: !item.is_reviewed, by }));
    if (!told) return void shown(load());
    const at = waiting().findIndex((/** @type {any} */ other) => other.key === item.key);
    queue = told;
    if (!item.is_reviewed) current = waiting()[Math.min(at, waiting().length - 1)]?.key ?? "";
    draw();
    say(`${told.reviewed} of ${told.total} reviewed`);
  }

  /** Signs the proposition that `block` is part of. @param {string} block @param {string} proposition */
  async function sign(block, proposition) {
    const told = `Your name will stand on the status of ${proposition}.`;
    const by = await askName({ head: `Sign off ${proposition}`, told, name: name.value.trim(), yes: "Sign off" });
    if (!by) return;
    name.value = by;
    remember("reviewer", by);
    if (!(await shown(ask("POST", `${api}/sign`, { block, by })))) return;
    toast(`${proposition} is signed by ${by}.`);
    onSigned();
    await shown(load());
  }

  root.addEventListener("click", (/** @type {any} */ event) => {
    const what = event.target.closest("[data-do]")?.dataset.do;
    const item = byKey(event.target.closest("li")?.dataset.key);
    if (!what || !item) return;
    if (what === "play") go(item, true);
    if (what === "go") go(item);
    if (what === "reviewed") review(item);
    if (what === "sign") sign(item.block, item.proposition ?? item.title);
  });

  return {
    load: () => shown(load()),
    progress,
    sign,
    /** @param {number} step */
    next(step) {
      const open = waiting();
      if (!open.length) return say("Nothing is waiting for review");
      const at = open.findIndex((/** @type {any} */ item) => item.key === current);
      const next = open[at < 0 ? (step > 0 ? 0 : open.length - 1) : (at + step + open.length) % open.length];
      go(next);
      one(`[data-key="${CSS.escape(next.key)}"]`, root)?.scrollIntoView({ block: "nearest" });
      say(`${next.title}. ${next.why}. ${count(open.length, "item")} open.`);
    },
    /** Marks the item that has the focus, or the current one. */
    accept() {
      const key = /** @type {any} */ (document.activeElement)?.closest?.("#queue li")?.dataset.key ?? current;
      const item = byKey(key);
      if (!item) return say("No item of the queue is current; n goes to the next");
      if (!item.is_reviewed) review(item);
    },
  };
}
