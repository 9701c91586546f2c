// Notes and draft: blocks that stand as the file has them, one current in each pane, and what rests on picked lines.
// In: blocks as the server gives them. Out: the same blocks as elements, kept in place when the file changes.

// @ts-check

import { all, ask, count, highlight, isField, made, make, one, reveal, say, shown, toast } from "./page.js";

const KINDS = /** @type {Record<string, string>} */ ({
  h1: "title",
  h2: "heading",
  h3: "heading",
  h4: "heading",
  bullet_list: "list",
  ordered_list: "numbered list",
  math_block: "formula",
});

/**
 * @param {string} api
 * @param {Record<string, {version: string} | null>} written the pages of the session and their versions
 * @param {{onCurrent: (block: any) => void}} hooks
 */
export function openPages(api, written, { onCurrent }) {
  /** @type {Map<string, any>} */
  const pages = new Map();
  /** @type {WeakMap<Element, any>} */
  const known = new WeakMap();
  /** The block that an editor holds: refreshing leaves it alone. @type {any} */
  let held = /** @type {any} */ (null);
  let restsAt = -1;
  /** @type {any[]} */
  let resting = [];
  /** @type {number[]} */
  let picked = [];
  /** @type {Map<number, any[]> | null} */
  let citing = null;

  const label = (/** @type {any} */ block) =>
    [
      KINDS[block.kind] ?? block.kind.replaceAll("_", " "),
      block.warning,
      block.is_stale && "stale",
      block.is_locked && "locked",
    ]
      .filter(Boolean)
      .join(", ");

  /** Gives an element of a block its marks, and remembers the block. @param {any} element @param {any} block */
  function dress(element, block) {
    known.set(element, block);
    element.removeAttribute("data-block");
    if (block.id) element.id = `block-${block.id}`;
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", label(block));
    element.classList.toggle("has-warning", Boolean(block.warning));
    element.classList.toggle("is-stale", block.is_stale);
    element.hidden = !block.is_shown && !element.closest(".shows-all");
    const text = one(".text", element);
    if (!block.is_shown && !text.textContent.trim()) text.replaceChildren(make("div", { class: "raw" }, block.source));
    for (const heading of all("h1, h2, h3, h4, h5, h6", text)) {
      // Below the pane's own h2: a page's title is a third level here.
      heading.setAttribute("aria-level", String(Math.min(6, Math.max(3, Number(heading.tagName[1]) + 2))));
    }
    // One tab stop a pane: citations are reached by Tab from the block that stands.
    for (const link of all("a[href]", text)) link.tabIndex = -1;
    one(":scope > .state", element)?.remove();
    const state = standing(block);
    if (state.length) element.append(make("p", { class: "state" }, ...state));
    for (const old of all(":scope > .proposed", element)) old.remove();
    for (const proposed of block.proposed ?? []) element.append(proposal(proposed));
    return element;
  }

  const KIND = /** @type {Record<string, string>} */ ({
    changed: "Generated now, instead of yours",
    new: "New, to stand behind this",
    "left out": "No longer generated",
  });

  /** What was generated and did not fit what a person wrote. @param {{key: string, kind: string, html: string}} proposed */
  function proposal({ key, kind, html }) {
    const text = made(html, { class: "text" });
    for (const link of all("a[href]", text)) link.tabIndex = -1;
    const take = make("button", { type: "button", "data-act": "take", "data-key": key }, kind === "left out" ? "Take it out" : "Take over");
    return make("details", { class: "proposed" }, make("summary", {}, `Proposal: ${KIND[kind] ?? kind}`), text, take);
  }

  /** What is to be said under a block. @param {any} block @returns {any[]} */
  function standing(block) {
    const said = [];
    if (block.warning) said.push(make("span", { class: "warn" }, block.warning));
    if (block.is_stale) said.push(make("span", { class: "stale" }, "stale: a line it cites was corrected"));
    if (block.is_locked) said.push(make("span", {}, "locked"));
    if (block.slot && block.is_own) said.push(make("span", {}, "your words"));
    if (block.signed) said.push(make("span", {}, `signed by ${block.signed}`));
    const isStatus = block.proposition && /^\*\*Status/.test(block.source);
    if (isStatus && !block.signed && block.id)
      said.push(make("button", { type: "button", "data-act": "sign", tabindex: -1 }, "Sign off…"));
    // All blocks of a section share its alternatives: its heading tells of them.
    if (block.slot && block.ways > 1 && block.id && /^h\d$/.test(block.kind)) {
      said.push(make("button", { type: "button", "data-act": "ways", tabindex: -1 }, count(block.ways, "alternative")));
    }
    return said;
  }

  /** @param {any} block */
  const built = (block) => {
    const element = make("div", { class: "block" });
    element.append(made(block.html, { class: "text" }));
    return dress(element, block);
  };

  const key = (/** @type {any} */ block) => block.id ?? `:${block.source}`;
  const same = (/** @type {any} */ a, /** @type {any} */ b) =>
    Object.keys(a).every((name) => name === "at" || JSON.stringify(a[name]) === JSON.stringify(b[name]));

  /** Puts `blocks` in place of those of a page; what did not change stays the same element. @param {any} page @param {any[]} blocks */
  function place(page, blocks) {
    /** @type {Map<string, any[]>} */
    const old = new Map();
    for (const element of all(":scope > .block", page.root)) {
      const name = key(known.get(element) ?? { id: null, source: "" });
      if (!held || element !== held.element) old.set(name, [...(old.get(name) ?? []), element]);
    }
    const next = [];
    const mine = held?.page === page.name ? held : null;
    // The editor's blocks are where it saved them; in another version of the file, where its first one went.
    const first =
      mine && mine.version !== page.version && mine.id ? blocks.find((block) => block.id === mine.id) : null;
    const from = first?.at ?? mine?.at ?? -1;
    let isPlaced = !mine;
    for (const block of blocks) {
      if (mine && !isPlaced && from >= 0 && block.at >= from) {
        next.push(mine.element);
        isPlaced = true;
      }
      if (mine && block.at >= from && block.at < from + mine.span) continue;
      const element = old.get(key(block))?.shift();
      if (!element) next.push(built(block));
      else {
        const [before, html] = [known.get(element), page.html.get(element)];
        // The server wrote the first elements, whose html was not sent apart: a changed field redraws them once.
        const { html: now, ...rest } = block;
        const { html: _, ...was } = before;
        if (same(rest, was) && (html === undefined || html === now)) known.set(element, block);
        else {
          one(".text", element).innerHTML = now;
          dress(element, block);
        }
        next.push(element);
      }
      page.html.set(next[next.length - 1], block.html);
    }
    if (!isPlaced) next.push(held.element);
    for (const elements of old.values()) for (const element of elements) element.remove();
    next.forEach((element, k) => {
      if (page.root.children[k] !== element) page.root.insertBefore(element, page.root.children[k] ?? null);
    });
    if (!page.current?.isConnected)
      stand(
        page,
        next.find((element) => !element.hidden),
        false,
      );
    else tabbable(page.current, true);
    citing = null;
    if (picked.length) showRests(picked, false);
  }

  /** @param {any} element @param {boolean} is */
  function tabbable(element, is) {
    element.tabIndex = is ? 0 : -1;
    for (const inner of all(".text a[href], .state button", element)) inner.tabIndex = is ? 0 : -1;
  }

  /** Makes `element` the block that stands in its pane. @param {any} page @param {any} element @param {boolean} [focuses] */
  function stand(page, element, focuses = true) {
    if (!element) return;
    if (page.current !== element) {
      if (page.current) {
        tabbable(page.current, false);
        page.current.classList.remove("is-here");
      }
      page.current = element;
      tabbable(element, true);
    }
    if (focuses) element.focus({ preventScroll: true });
  }

  /** @param {any} page */
  function refreshed(page) {
    // One request at a time; what happened meanwhile is fetched once more after it.
    page.asked = true;
    page.busy ??= (async () => {
      try {
        while (page.asked) {
          page.asked = false;
          const told = await ask("GET", `${api}/page/${page.name}`);
          page.version = told.version;
          const blocks = told.blocks;
          place(page, blocks);
        }
      } finally {
        page.busy = null;
      }
    })();
    return page.busy;
  }

  /** The citations of each line, in the order of the panes. */
  function index() {
    citing = new Map();
    for (const link of all(".blocks a.cite")) {
      for (const n of (link.dataset.lines ?? "").split(/[ ,]+/).filter(Boolean).map(Number)) {
        citing.set(n, [...(citing.get(n) ?? []), link]);
      }
    }
    return citing;
  }

  /** The text that a citation stands for: from the one before it, or from the paragraph's start. @param {any} link */
  function stretch(link) {
    const holder = link.closest("li, p, blockquote, td, .text");
    const range = document.createRange();
    range.selectNodeContents(holder);
    range.setEndBefore(link);
    const before = all("a.cite", holder).filter(
      (other) => other.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    for (const other of before.reverse()) {
      const gap = document.createRange();
      gap.setStartAfter(other);
      gap.setEndBefore(link);
      if (!/\p{L}/u.test(gap.toString())) continue;
      range.setStartAfter(other);
      break;
    }
    const { startContainer: at, startOffset: from } = range;
    const text = at.childNodes[from];
    if (text instanceof Text && from > 0) range.setStart(text, /^\s*/.exec(text.data)?.[0].length ?? 0);
    return range;
  }

  /** Marks what rests on `lines`. @param {number[]} lines @param {boolean} [tells] */
  function showRests(lines, tells = true) {
    for (const element of all(".rests")) element.classList.remove("rests");
    picked = lines;
    const found = citing ?? index();
    const links = [...new Set(lines.flatMap((n) => found.get(n) ?? []))].filter((link) => !link.closest("[hidden]"));
    links.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    const ranges = [];
    for (const link of links) {
      const item = link.closest("li");
      if (item) item.classList.add("rests");
      else ranges.push(stretch(link));
    }
    highlight("rests", ranges);
    resting = links;
    restsAt = -1;
    const bar = one("#rests");
    bar.hidden = !lines.length;
    if (!lines.length) return;
    const where = lines.length === 1 ? `line ${lines[0]}` : `these ${lines.length} lines`;
    const text = links.length
      ? `${count(links.length, "statement")} rest${links.length === 1 ? "s" : ""} on ${where}`
      : `Nothing rests on ${where}`;
    one("#rests-said").textContent = text;
    for (const button of all("button", bar)) button.hidden = !links.length;
    if (tells) say(text);
  }

  /** Whether a block may have alternatives; where the server lost what belongs to what, any of the draft may. */
  const mayChoose = (/** @type {any} */ page, /** @type {any} */ block) =>
    Boolean(block.slot) ||
    (page.name === "post" && !all(":scope > .block", page.root).some((element) => known.get(element)?.slot));

  const pageOf = (/** @type {any} */ element) => pages.get(element?.closest?.(".page")?.dataset.page);

  /** The nearest shown block before or after. @param {any} element @param {number} step */
  function neighbour(element, step) {
    let next = element;
    do next = step > 0 ? next?.nextElementSibling : next?.previousElementSibling;
    while (next && (next.hidden || !next.matches(".block")));
    return next;
  }

  /** @param {any} element */
  function goTo(element) {
    reveal(element, "center");
    stand(pageOf(element), element);
  }

  for (const [name, about] of Object.entries(written)) {
    const root = one(`#pane-${name} .blocks`);
    if (!about || !root) continue;
    /** @type {any} */
    const page = { name, root, version: about.version, current: null, busy: null, asked: false, html: new WeakMap() };
    pages.set(name, page);
    for (const element of all(":scope > .block", root)) dress(element, JSON.parse(element.dataset.block));
    stand(
      page,
      all(":scope > .block", root).find((element) => !element.hidden),
      false,
    );
    const tools = make("div", { class: "block-tools", hidden: true });
    for (const [act, text] of [
      ["edit", "Edit"],
      ["ways", "Alternatives"],
      ["lock", "Lock"],
      ["below", "New below"],
      ["delete", "Delete"],
    ]) {
      tools.append(make("button", { type: "button", "data-act": act }, text));
    }
    const offer = (/** @type {any} */ element) => {
      const block = known.get(element);
      if (!block || held?.element === element) return;
      one("[data-act=lock]", tools).textContent = block.is_locked ? "Unlock" : "Lock";
      one("[data-act=lock]", tools).hidden = !block.id;
      one("[data-act=ways]", tools).hidden = !block.id || !mayChoose(page, block);
      tools.hidden = false;
      if (tools.parentElement !== element) element.append(tools);
    };
    root.addEventListener("focusin", (/** @type {Event} */ event) => {
      const element = /** @type {any} */ (event.target).closest(".block");
      if (!element) return;
      stand(page, element, false);
      element.classList.add("is-here");
      offer(element);
      onCurrent(known.get(element));
    });
    root.addEventListener("focusout", (/** @type {FocusEvent} */ event) => {
      if (!root.contains(/** @type {Node | null} */ (event.relatedTarget)) && !held) {
        page.current?.classList.remove("is-here");
        tools.hidden = true;
      }
    });
    root.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => {
      const element = /** @type {any} */ (event.target).closest(".block");
      if (element && event.pointerType === "mouse" && !tools.contains(document.activeElement)) offer(element);
    });
    root.addEventListener("pointerleave", () => {
      if (tools.parentElement !== page.current || !page.current?.contains(document.activeElement)) tools.hidden = true;
    });
    root.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const target = /** @type {Element} */ (event.target);
      const element = target.closest(".block");
      if (element && !target.closest("a, button, textarea") && getSelection()?.isCollapsed && held?.element !== element)
        stand(page, element);
    });
    root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (isField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });
      const next = steps[event.key] && neighbour(page.current, steps[event.key]);
      if (!next) return;
      event.preventDefault();
      goTo(next);
    });
  }

  return {
    /** @param {any} element */
    blockOf: (element) => known.get(element?.closest?.(".block")),
    pageOf,
    /** @param {string} name */
    get: (name) => pages.get(name),
    names: () => [...pages.keys()],
    stand,
    goTo,
    neighbour,
    showRests,
    /** The next block that rests on the picked lines, round and round. @param {number} step */
    nextRest(step) {
      if (!resting.length) return null;
      restsAt = (restsAt + step + resting.length + (restsAt < 0 && step < 0 ? 1 : 0)) % resting.length;
      say(`${restsAt + 1} of ${resting.length}`);
      return resting[restsAt].closest(".block");
    },
    /** The next block of a page with a warning. @param {string} name @param {number} step */
    nextWarning(name, step) {
      let element = pages.get(name)?.current;
      do element = neighbour(element, step);
      while (element && !known.get(element)?.warning);
      return element;
    },
    /** A page is said to be another now. While an editor saves, that may be its own doing: it asks afterwards. */
    heard(/** @type {string} */ name, /** @type {string} */ version) {
      const page = pages.get(name);
      if (page.version === version) return;
      if (held?.page === name && held.isSaving) held.heard = version;
      else shown(refreshed(page));
    },
    /** @param {string} name */
    refresh: (name) => (pages.has(name) ? shown(refreshed(pages.get(name))) : undefined),
    /** What an editor holds, or null. @param {any} value */
    hold: (value) => (held = value),
    /** @param {string} name @param {boolean} isAll */
    showAll(name, isAll) {
      const page = pages.get(name);
      page.root.classList.toggle("shows-all", isAll);
      for (const element of all(":scope > .block", page.root))
        element.hidden = !isAll && !(known.get(element)?.is_shown ?? true);
    },
    /** @param {any} element @param {() => void} undo */
    async remove(element, undo) {
      const page = pageOf(element);
      await page?.busy;
      const block = known.get(element);
      if (!block || !page) return;
      const next = neighbour(element, 1) ?? neighbour(element, -1);
      if (!(await shown(ask("POST", `${api}/delete`, { page: page.name, at: block.at, version: page.version }))))
        return;
      if (next) stand(page, next);
      await shown(refreshed(page));
      toast("The block was deleted.", { label: "Undo", act: undo });
    },
    /** @param {any} element @param {string} key */
    async take(element, key) {
      const page = pageOf(element);
      if (await shown(ask("POST", `${api}/take`, { page: page.name, key }))) await shown(refreshed(page));
    },
    /** @param {any} element */
    async lock(element) {
      const [page, block] = [pageOf(element), known.get(element)];
      if (!block?.id) return;
      if (!(await shown(ask("POST", `${api}/lock`, { page: page.name, block: block.id, is_locked: !block.is_locked })))) return;
      await shown(refreshed(page));
      say(block.is_locked ? "Unlocked" : "Locked");
    },
  };
}
