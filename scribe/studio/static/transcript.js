// The transcript pane: the line that is heard, the lines that are cited, the lines that a person picked.
// In: lines that the server wrote. Out: what was picked, corrections and names. It knows nothing of what cites it.

// @ts-check

import { alarm, all, ask, askName, highlight, make, one, reveal, say, shown, toast } from "./page.js";

const PATIENCE_MS = 5000;
/** A person who scrolled is left alone for this long. */

/**
 * @param {string} api
 * @param {{lines: any, player: () => any, onPick: (lines: number[]) => void, onCurrent: () => void}} hooks
 */
export function openTranscript(api, { lines, player, onPick, onCurrent }) {
  const pane = one("#pane-transcript .scroll");
  const turns = one("#turns");
  const tools = make(
    "span",
    { class: "line-tools", hidden: true },
    make("button", { type: "button", "data-act": "line-edit" }, "Edit"),
  );
  /** @type {Map<number, Promise<any[]>>} */
  const words = new Map();
  /** @type {Map<Element, () => Promise<void>>} */
  const open = new Map();
  let follows = true;
  let scrolled = -PATIENCE_MS;
  let current = -1;
  let anchor = -1;
  /** @type {number[]} */
  let picked = [];
  let isOutdated = false;
  let spoken = "";

  /** @param {number} n @returns {any} */
  const row = (n) => document.getElementById(`line-${n}`);
  /** @param {any} target */
  const numberOf = (target) => {
    const found = (target instanceof Element ? target : target?.parentElement)?.closest?.(".line");
    return found ? Number(found.dataset.n) : -1;
  };

  /** @param {string} name */
  const clear = (name) => {
    for (const element of all(`.line.${name}`, turns)) element.classList.remove(name);
  };

  /** Makes line `n` the pane's one tab stop. @param {number} n @param {boolean} [focuses] */
  function stand(n, focuses = true) {
    const element = row(n);
    if (!element) return;
    if (current !== n) {
      row(current)?.removeAttribute("tabindex");
      row(current)?.removeAttribute("aria-current");
      current = n;
      element.setAttribute("tabindex", "0");
      element.setAttribute("aria-current", "true");
    }
    if (focuses) element.focus({ preventScroll: true });
    onCurrent();
  }

  /** Puts what can be done with a line into it. @param {any} element */
  function offer(element) {
    if (open.has(element)) return;
    tools.hidden = false;
    if (tools.parentElement !== element) element.append(tools);
  }

  /** @param {number} from @param {number} to */
  function pick(from, to) {
    clear("is-picked");
    picked = [];
    if (from < 0) return onPick([]);
    for (let n = Math.min(from, to); n <= Math.max(from, to); n += 1) {
      row(n)?.classList.add("is-picked");
      picked.push(n);
    }
    onPick(picked);
  }

  /** Highlights what a citation points at, and goes there. @param {number[]} cited @param {boolean} [focuses] */
  function cite(cited, focuses = false) {
    clear("is-cited");
    for (const n of cited) row(n)?.classList.add("is-cited");
    if (!cited.length || !row(cited[0])) return;
    scrolled = performance.now();
    reveal(row(cited[0]));
    stand(cited[0], focuses);
  }

  /** The line that is heard now. @param {number} n */
  function hear(n) {
    clear("is-played");
    const element = row(n);
    if (!element) return;
    element.classList.add("is-played");
    if (!follows || !player()?.isPlaying || performance.now() - scrolled < PATIENCE_MS || open.size) return;
    const [box, frame] = [element.getBoundingClientRect(), pane.getBoundingClientRect()];
    if (box.top < frame.top + frame.height * 0.15 || box.bottom > frame.top + frame.height * 0.7) reveal(element);
  }

  /** The word that is heard now. @param {number} n @param {number} time on the clock of the page */
  async function hearWord(n, time) {
    if (n < 0 || !player()?.isPlaying) return;
    if (!words.has(n))
      words.set(
        n,
        ask("GET", `${api}/words/${n}`).then(
          (told) => told.words,
          () => [],
        ),
      );
    const at = time - lines.offset(lines.partOf(n));
    const word = (await words.get(n))?.find(([start, end]) => start <= at && at < end);
    const key = word ? `${n} ${word[2]}` : "";
    if (key === spoken) return;
    spoken = key;
    const range = word && piece(one(".said", row(n)), word[2], word[3]);
    highlight("spoken", range ? [range] : []);
  }

  /** The range of characters `[from, to)` in the text below `element`. @param {any} element @param {number} from @param {number} to */
  function piece(element, from, to) {
    if (!element) return null;
    const range = document.createRange();
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let [seen, hasStart] = [0, false];
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const length = node.nodeValue?.length ?? 0;
      if (!hasStart && from < seen + length) {
        range.setStart(node, from - seen);
        hasStart = true;
      }
      if (hasStart && to <= seen + length) {
        range.setEnd(node, to - seen);
        return range;
      }
      seen += length;
    }
    return null;
  }

  /** Opens line `n` for correction. Closing keeps what was typed. @param {number} n */
  function edit(n) {
    const element = row(n);
    if (!element || open.has(element)) return;
    const said = one(".said", element);
    const before = said.textContent;
    const field = make("textarea", { rows: 1, "aria-label": `Text of line ${n}` });
    field.value = before;
    let isDone = false;
    const close = async (/** @type {boolean} */ focuses) => {
      if (isDone) return;
      isDone = true;
      const text = field.value.replace(/\s+/g, " ").trim();
      try {
        if (text && text !== before) await ask("POST", `${api}/line`, { line: n, text });
      } catch (error) {
        isDone = false;
        return alarm(error);
      }
      if (text && text !== before) {
        said.textContent = text;
        say("Line saved");
      }
      open.delete(element);
      element.classList.remove("is-editing");
      field.remove();
      if (focuses) stand(n);
      if (isOutdated && !open.size) shown(refresh());
    };
    field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.preventDefault();
      event.stopPropagation();
      close(true);
    });
    field.addEventListener("blur", () => close(false));
    open.set(element, () => close(false));
    element.classList.add("is-editing");
    element.append(field);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  /** Asks for another name of a speaker, and sets it everywhere. @param {string} name */
  async function rename(name) {
    const names = all(".legend .speaker")
      .map((button) => button.dataset.speaker)
      .filter((other) => other !== name);
    const told =
      "The new name is used in the transcript, the notes and the draft. The name of another speaker makes them one.";
    const to = await askName({ head: `Rename ${name}`, told, name, yes: "Rename", names });
    if (!to || to === name) return;
    const done = await shown(ask("POST", `${api}/speakers`, { names: { [name]: to } }));
    if (!done) return;
    const kept = done.kept.length ? ` You wrote in ${done.kept.join(" and ")}, so ${name} stays there.` : "";
    toast(`${name} is now ${to}.${kept}`);
  }

  /** Fetches the lines anew and keeps the place. */
  async function refresh() {
    if (open.size) {
      isOutdated = true;
      return;
    }
    isOutdated = false;
    const { html } = await ask("GET", `${api}/transcript`);
    const hadFocus = turns.contains(document.activeElement);
    const [cited, top] = [all(".line.is-cited", turns).map((line) => Number(line.dataset.n)), pane.scrollTop];
    tools.remove();
    turns.innerHTML = html;
    lines.forget();
    words.clear();
    pane.scrollTop = top;
    relabel();
    for (const n of cited) row(n)?.classList.add("is-cited");
    for (const n of picked) row(n)?.classList.add("is-picked");
    row(player()?.line ?? -1)?.classList.add("is-played");
    const stood = current;
    current = -1;
    if (stood >= 0) stand(stood, hadFocus);
  }

  /** Gives the legend the names that the lines have: both are in order of first appearance. */
  function relabel() {
    const names = [...new Set(all(".speaker", turns).map((button) => button.dataset.speaker))];
    const legend = all(".legend .speaker");
    legend.forEach((button, k) => {
      button.closest("li").hidden = k >= names.length;
      if (k < names.length) button.textContent = button.dataset.speaker = names[k];
    });
  }

  /** The next line from the current one that is doubtful. @param {number} step 1 or -1 */
  function nextDoubt(step) {
    const doubts = all(".line.is-doubtful, .line:has(mark.unsure)", turns).map((line) => Number(line.dataset.n));
    const from = current >= 0 ? current : (player()?.line ?? -1);
    const found = step > 0 ? doubts.find((n) => n > from) : doubts.findLast((n) => n < from);
    if (found === undefined) return say(doubts.length ? "No more doubtful lines this way" : "No doubtful lines");
    goTo(found);
  }

  /** @param {number} n */
  function goTo(n) {
    scrolled = performance.now();
    player().toLine(n);
    reveal(row(n));
    stand(n);
  }

  turns.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    const n = numberOf(target);
    const speaker = /** @type {any} */ (target.closest(".speaker"));
    if (speaker) return void rename(speaker.dataset.speaker);
    if (n < 0 || target.closest("textarea")) return;
    if (target.closest("[data-act=line-edit]")) return edit(n);
    if (target.closest("button.clock")) {
      player().toLine(n);
      return stand(n);
    }
    if (!getSelection()?.isCollapsed && !event.shiftKey) return;
    if (event.shiftKey && anchor >= 0) getSelection()?.removeAllRanges();
    else anchor = n;
    pick(anchor, n);
    stand(n);
  });
  turns.addEventListener("dblclick", (/** @type {Event} */ event) => {
    if (!(/** @type {Element} */ (event.target).closest("button, textarea"))) edit(numberOf(event.target));
  });
  turns.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => {
    const element = /** @type {any} */ (event.target).closest(".line");
    if (element && event.pointerType === "mouse" && !tools.contains(document.activeElement)) offer(element);
  });
  turns.addEventListener("focusin", (/** @type {Event} */ event) => {
    const n = numberOf(event.target);
    if (n < 0 || event.target instanceof HTMLTextAreaElement) return;
    stand(n, false);
    offer(row(n));
  });
  turns.addEventListener("focusout", (/** @type {FocusEvent} */ event) => {
    if (!turns.contains(/** @type {Node | null} */ (event.relatedTarget))) tools.hidden = true;
  });
  turns.addEventListener("pointerleave", () => {
    if (!turns.contains(document.activeElement)) tools.hidden = true;
  });
  turns.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (
      !(event.target instanceof Element) ||
      !event.target.matches(".line") ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    const n = numberOf(event.target);
    /** @type {Record<string, number>} */
    const to = { ArrowDown: n + 1, ArrowUp: n - 1, Home: 0, End: lines.count - 1 };
    if (event.key === "Enter") {
      event.preventDefault();
      return player().toLine(n, event.shiftKey || undefined);
    }
    if (!(event.key in to)) return;
    event.preventDefault();
    const next = Math.min(Math.max(0, to[event.key]), lines.count - 1);
    if (event.shiftKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      if (!picked.includes(n)) anchor = n;
      pick(anchor, next);
    }
    stand(next);
    scrolled = performance.now();
    reveal(row(next), "nearest");
  });
  one("#pane-transcript").addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const speaker = /** @type {any} */ (event.target).closest(".legend .speaker");
    if (speaker) rename(speaker.dataset.speaker);
  });
  for (const kind of ["wheel", "touchmove", "pointerdown"]) {
    pane.addEventListener(kind, () => (scrolled = performance.now()), { passive: true });
  }
  pane.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (["PageUp", "PageDown", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) scrolled = performance.now();
  });

  let settling = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      const selection = getSelection();
      if (!selection || selection.isCollapsed || !selection.anchorNode || !turns.contains(selection.anchorNode)) return;
      const [from, to] = [numberOf(selection.anchorNode), numberOf(selection.focusNode)];
      if (from >= 0 && to >= 0) pick(from, to);
    }, 150);
  });

  return {
    stand,
    pick,
    cite,
    hear,
    hearWord,
    edit,
    goTo,
    nextDoubt,
    refresh: () => shown(refresh()),
    finish: () => Promise.all([...open.values()].map((close) => close())),
    clear: () => (clear("is-cited"), pick(-1, -1)),
    /** @param {boolean} value */
    follow(value) {
      follows = value;
      scrolled = -PATIENCE_MS;
    },
    get current() {
      return current;
    },
    get hasPicked() {
      return picked.length > 0;
    },
  };
}
