// The studio's page: panes that follow each other, keys, and what the server tells while the page is open.
// In: the session that the server wrote into the page. It holds the other modules together; they do not know each other.

// @ts-check

import { openPages } from "./blocks.js";
import { openChoosing } from "./choosing.js";
import { openEditors } from "./editor.js";
import { alarm, all, ask, isField, make, one, remember, remembered, say, shown, toast } from "./page.js";
import { openLines, openPlayer } from "./player.js";
import { openReview } from "./review.js";
import { openTranscript } from "./transcript.js";

const KEYS = [
  ["Space k", "play or pause"],
  ["j l", "back, forward 5 seconds"],
  ["d D", "next, previous doubtful line"],
  ["u U", "next, previous claim without support"],
  ["n N", "next, previous item of the queue"],
  ["a", "accept: the item is reviewed, or the alternative is picked"],
  ["e", "edit the block, or correct the line"],
  ["i", "new block below"],
  ["o", "alternatives of the block"],
  ["x", "lock or unlock the block"],
  ["z Z", "undo, redo"],
  ["[ ]", "previous, next block"],
  ["↑ ↓", "previous, next line or block; with Shift they pick lines"],
  ["Enter", "on a line or a citation: go there; with Shift: play from there"],
  ["p", "play from the line, or from what the block cites"],
  ["1 2 3 4", "transcript, notes, draft, review"],
  ["/", "search all sessions"],
  ["Ctrl+Enter", "close the editor; what was typed is kept"],
  ["?", "these keys"],
  ["Esc", "close, or clear what is marked"],
];
const PANES = ["transcript", "notes", "post", "review"];

// ── The theme ────────────────────────────────────────────────────────────────────────────────

function openTheme() {
  const root = document.documentElement;
  const button = one("[data-act=theme]");
  const isDark = () =>
    (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const look = () => (button.textContent = isDark() ? "Light" : "Dark");
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember("theme", root.dataset.theme);
    look();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look);
  look();
}

// ── The panes ────────────────────────────────────────────────────────────────────────────────

/** Three columns, or tabs where there is no room for them. */
function openPanes() {
  const room = matchMedia("(min-width: 1000px)");
  const panes = one(".panes");
  const tab = (/** @type {string} */ name) => one(`#tab-${name}`);
  let shownPane = "transcript";

  function look() {
    const toggle = one(".tools [data-act=review]");
    toggle.setAttribute("aria-pressed", String(panes.dataset.middle === "review"));
    for (const name of PANES) {
      const [pane, button] = [one(`#pane-${name}`), tab(name)];
      const isOpen = name === shownPane;
      pane.classList.toggle("is-open", isOpen);
      button.setAttribute("aria-selected", String(isOpen));
      button.tabIndex = isOpen ? 0 : -1;
      if (room.matches) pane.removeAttribute("role");
      else pane.setAttribute("role", "tabpanel");
      pane.setAttribute("aria-labelledby", room.matches ? `head-${name}` : `tab-${name}`);
    }
  }

  /** Brings a pane into view. @param {string} name @param {boolean} [focuses] */
  function show(name, focuses = false) {
    shownPane = name;
    if (name === "review" || name === "notes") panes.dataset.middle = name;
    look();
    if (!focuses) return;
    const pane = one(`#pane-${name}`);
    (one(".block[tabindex='0'], .line[tabindex='0']", pane) ?? one(".scroll", pane)).focus();
  }

  one(".tabs").addEventListener("click", (/** @type {any} */ event) => {
    const button = event.target.closest("[role=tab]");
    if (button) show(button.id.slice(4));
  });
  one(".tabs").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const at = PANES.indexOf(shownPane);
    const to = /** @type {Record<string, number>} */ ({
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: PANES.length - 1,
    })[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(PANES[(to + PANES.length) % PANES.length]);
    tab(shownPane).focus();
  });
  room.addEventListener("change", look);
  look();
  return {
    show,
    /** @param {string} name */
    isShown: (name) =>
      room.matches
        ? name === "transcript" || name === "post" || (panes.dataset.middle ?? "notes") === name
        : name === shownPane,
    get isWide() {
      return room.matches;
    },
    get name() {
      return shownPane;
    },
  };
}

// ── The session ──────────────────────────────────────────────────────────────────────────────

/** @param {any} boot */
function openSession(boot) {
  const api = `/api/${encodeURIComponent(boot.session.id ?? boot.session)}`;
  const panes = openPanes();
  const lines = openLines(boot.parts);
  const topics = all(".topics .cite").map((link) => ({ title: link.textContent, line: Number(link.dataset.lines) }));
  /** @type {any} */
  let player = null;
  const pages = openPages(api, boot.pages, { onCurrent: (block) => player.mark(block?.lines ?? []) });
  const transcript = openTranscript(api, {
    lines,
    player: () => player,
    onPick: (picked) => pages.showRests(picked),
    onCurrent: () => {},
  });
  player = openPlayer(boot.parts, lines, {
    onLine: transcript.hear,
    onTime: transcript.hearWord,
    topics: topics.map((topic) => ({ title: topic.title, start: lines.startOf(topic.line) })),
  });
  const editors = openEditors(api, pages);
  const choosing = openChoosing(api, pages);
  const review = openReview(api, boot.reviewer ?? "", {
    toLines,
    toBlock,
    onSigned: () => pages.names().forEach(pages.refresh),
  });

  /** @param {number[]} cited @param {boolean} [plays] @param {boolean} [shows] brings the transcript forward on a telephone */
  function toLines(cited, plays, shows = true) {
    if (!cited.length) return;
    const turns = shows && !panes.isShown("transcript");
    if (turns) panes.show("transcript");
    player.toLine(cited[0], plays || undefined);
    transcript.cite(cited, turns);
    player.mark(cited);
  }

  /** @param {string} block */
  function toBlock(block) {
    arrive(document.getElementById(`block-${block}`));
  }

  const cites = (/** @type {any} */ link) => (link.dataset.lines ?? "").split(/[ ,]+/).filter(Boolean).map(Number);

  /** The block or the line that the keys mean. */
  const here = () => {
    const active = document.activeElement;
    return active?.closest(".block") ?? active?.closest(".line") ?? null;
  };
  const hereBlock = () => here()?.closest(".block") ?? pages.get(pageHere())?.current ?? null;
  const pageHere = () => {
    const name = /** @type {any} */ (document.activeElement?.closest(".page"))?.dataset.page;
    return (
      name ?? (pages.get("post") && (panes.isWide || panes.name === "post") ? "post" : (pages.names()[0] ?? "post"))
    );
  };

  let acting = Promise.resolve();
  /** Acts wait for each other: each then means the page as the one before it left it. @param {() => unknown} act */
  const inTurn = (act) => (acting = acting.then(act).then(() => void shown(titles()), alarm));
  const undo = (/** @type {"undo" | "redo"} */ which) => inTurn(() => takeBack(which));

  /** @param {"undo" | "redo"} which */
  async function takeBack(which) {
    if (!(await editors.close(false))) return;
    await transcript.finish();
    const told = await shown(ask("POST", `${api}/${which}`, {}));
    if (!told) return;
    if (!told.told) return void toast(which === "undo" ? "Nothing to undo." : "Nothing to redo.");
    toast(`${which === "undo" ? "Undone" : "Done again"}: ${told.told}`);
    if (told.page) await pages.refresh(told.page);
    else transcript.refresh();
  }

  const titling = { asked: false, busy: false };
  /** Says what undo and redo would do; one request at a time, so that an old answer never comes last. */
  async function titles() {
    titling.asked = true;
    if (titling.busy) return;
    titling.busy = true;
    try {
      while (titling.asked) {
        titling.asked = false;
        const told = await ask("GET", `${api}/undo`);
        for (const which of ["undo", "redo"]) {
          const button = one(`[data-act=${which}]`);
          button.disabled = !told[which];
          button.title = told[which] ?? "";
        }
      }
    } finally {
      titling.busy = false;
    }
  }

  function toggleReview() {
    const isOpen = one(".panes").dataset.middle === "review";
    panes.show(isOpen ? "notes" : "review");
    if (!isOpen) one("#pane-review .scroll").focus();
    else one(".tools [data-act=review]").focus();
  }

  /** @param {any} element */
  function edit(element) {
    if (element?.matches(".line")) transcript.edit(Number(element.dataset.n));
    else if (element) inTurn(() => editors.edit(element));
  }

  /** @param {any} element */
  const below = (element) => {
    const page = pages.get(pageHere());
    inTurn(() => editors.add(page, element));
  };
  const sign = (/** @type {any} */ element) => {
    const block = pages.blockOf(element);
    if (block?.id) review.sign(block.id, block.proposition);
  };

  /** What buttons do, wherever they stand. @type {Record<string, (element: any, button: any) => unknown>} */
  const acts = {
    play: () => player.toggle(),
    back: () => player.skip(-5),
    forward: () => player.skip(5),
    follow: (_, button) => {
      const isOn = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(isOn));
      transcript.follow(isOn);
    },
    undo: () => undo("undo"),
    redo: () => undo("redo"),
    review: toggleReview,
    help: () => one("#help").showModal(),
    "help-close": () => one("#help").close(),
    "ways-close": () => choosing.close(),
    own: () => {
      const heading = choosing.from;
      choosing.close();
      const isHeading = /^h\d$/.test(pages.blockOf(heading)?.kind ?? "");
      edit(isHeading ? (pages.neighbour(heading, 1) ?? heading) : heading);
    },
    "rest-next": () => rest(1),
    "rest-previous": () => rest(-1),
    all: (_, button) => {
      const isOn = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(isOn));
      pages.showAll(button.closest(".page").dataset.page, isOn);
    },
    append: (_, button) => inTurn(() => editors.add(pages.pageOf(button), null)),
    edit,
    ways: (element) => choosing.open(element),
    lock: (element) => inTurn(() => pages.lock(element)),
    take: (element, button) => inTurn(() => pages.take(element, button.dataset.key)),
    below: (element) => inTurn(() => editors.add(pages.pageOf(element), element)),
    delete: (element) => inTurn(() => pages.remove(element, () => undo("undo"))),
    sign,
  };

  /** Goes to a block in whichever pane has it. @param {any} element */
  function arrive(element) {
    if (!element) return;
    const { name } = pages.pageOf(element);
    if (!panes.isShown(name)) panes.show(name);
    pages.goTo(element);
  }

  /** @param {number} step */
  function rest(step) {
    arrive(pages.nextRest(step));
  }

  /** @param {number} step */
  function warning(step) {
    const first = pageHere();
    const other = pages.names().find((name) => name !== first);
    const found = pages.nextWarning(first, step) ?? (other && pages.nextWarning(other, step));
    if (found) return arrive(found);
    say("No more claims without support this way");
  }

  /** @param {number} step */
  function neighbour(step) {
    const next = pages.neighbour(hereBlock(), step);
    if (next) pages.goTo(next);
  }

  function playHere() {
    const element = /** @type {any} */ (here());
    const link = document.activeElement?.closest("a.cite");
    if (link) return toLines(cites(link), true);
    if (element?.matches(".line")) return player.toLine(Number(element.dataset.n), true);
    const cited = pages.blockOf(element)?.lines ?? [];
    if (cited.length) toLines(cited, true);
  }

  function escape() {
    if (choosing.isOpen) return choosing.close();
    if (one(".panes").dataset.middle === "review" && panes.isWide && document.activeElement?.closest("#pane-review"))
      return toggleReview();
    transcript.clear();
    player.mark([]);
  }

  /** @type {Record<string, (event: KeyboardEvent) => unknown>} */
  const keys = {
    " ": () => player.toggle(),
    k: () => player.toggle(),
    j: () => player.skip(-5),
    l: () => player.skip(5),
    d: () => (panes.show("transcript"), transcript.nextDoubt(1)),
    D: () => (panes.show("transcript"), transcript.nextDoubt(-1)),
    u: () => warning(1),
    U: () => warning(-1),
    n: () => review.next(1),
    N: () => review.next(-1),
    a: () => choosing.accept() || review.accept(),
    e: () => edit(here() ?? hereBlock()),
    i: () => below(hereBlock()),
    o: () => choosing.open(hereBlock()),
    x: () => acts.lock(hereBlock(), null),
    z: () => undo("undo"),
    Z: () => undo("redo"),
    "[": () => neighbour(-1),
    "]": () => neighbour(1),
    p: playHere,
    1: () => panes.show("transcript", true),
    2: () => panes.show("notes", true),
    3: () => panes.show("post", true),
    4: () => panes.show("review", true),
    "/": () => one("#q").focus(),
    "?": () => one("#help").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !isField(event.target) && !one("dialog:modal")) return escape();
    if (isField(event.target) || (one("dialog:modal") && !choosing.isModal) || !keys[event.key]) return;
    if (event.key === " " && /** @type {Element} */ (event.target).closest("button, a, summary, input")) return;
    if (event.key !== " " && remembered("letters", "on") === "off") return;
    event.preventDefault();
    keys[event.key](event);
  });

  document.addEventListener("click", (event) => {
    const target = /** @type {any} */ (event.target);
    const button = target.closest("[data-act]");
    if (button && acts[button.dataset.act]) return void acts[button.dataset.act](button.closest(".block"), button);
    const link = target.closest("a.cite, a.seek");
    if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (choosing.isModal) choosing.close();
    if (link.matches(".cite")) return toLines(cites(link), event.shiftKey);
    player.seek(lines.offset(Number(link.dataset.part ?? 0)) + Number(link.dataset.at), event.shiftKey || undefined);
    if (player.line >= 0) transcript.cite([player.line]);
  });
  for (const page of all(".page .blocks")) {
    page.addEventListener("dblclick", (/** @type {any} */ event) => {
      if (!event.target.closest("a, button, textarea, .preview")) edit(event.target.closest(".block"));
    });
    page.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      // Enter presses a link only without Shift in some browsers.
      const link = /** @type {any} */ (event.target).closest("a.cite");
      if (!link || event.key !== "Enter" || !event.shiftKey) return;
      event.preventDefault();
      toLines(cites(link), true);
    });
  }

  openHelp();
  openEvents(api, { pages, transcript, review, choosing, editors, titles: () => shown(titles()) });
  const go = () => {
    const [, kind, name] = /^#(line|block)-(.+)$/.exec(decodeURIComponent(location.hash)) ?? [];
    if (kind === "line") toLines([Number(name)]);
    if (kind === "block") toBlock(name);
  };
  addEventListener("hashchange", go);
  player.draw();
  transcript.stand(0, false);
  go();
  // What is not seen at first waits until the page stands.
  setTimeout(() => (review.load(), shown(titles())), 0);
}

// ── Help, and what the server tells ──────────────────────────────────────────────────────────

function openHelp() {
  const list = one("#keys");
  for (const [pressed, does] of KEYS) {
    const caps = pressed.split(" ").flatMap((key, k) => (k ? [" ", make("kbd", {}, key)] : [make("kbd", {}, key)]));
    list.append(make("dt", {}, ...caps), make("dd", {}, does));
  }
  const letters = one("#letters");
  letters.checked = remembered("letters", "on") !== "off";
  letters.addEventListener("change", () => remember("letters", letters.checked ? "on" : "off"));
}

/** @param {string} api @param {any} parts of the page that want to know */
function openEvents(api, { pages, transcript, review, choosing, editors, titles }) {
  /** @type {(() => void) | null} */
  let gone = null;
  let waiting = 0;
  const source = new EventSource(`${api}/events`);
  const on = (/** @type {string} */ name, /** @type {(told: any) => unknown} */ act) =>
    source.addEventListener(name, (event) => act(JSON.parse(/** @type {MessageEvent} */ (event).data || "{}")));
  const lost = () => {
    gone ??= toast("The studio has stopped; what was saved is on disk.", { isAlarm: true, stays: true });
  };

  source.addEventListener("open", () => {
    clearTimeout(waiting);
    // What was saved between the page and its first event would be told to nobody.
    pages.names().forEach(pages.refresh);
    if (!gone) return;
    gone();
    gone = null;
    say("The studio is back");
    editors.retry();
    transcript.refresh();
    review.load();
  });
  source.addEventListener("error", () => {
    clearTimeout(waiting);
    // A page that is being left loses its events too: only what stays lost is told.
    waiting = setTimeout(lost, 1500);
  });
  on("bye", lost);
  on("page", ({ page, version }) => {
    const known = pages.get(page);
    if (!known) return void toast("A page was written.", { label: "Show it", act: () => location.reload() });
    pages.heard(page, version);
    look();
    titles();
  });
  let later = 0;
  const look = () => {
    // What waits for review changes with the words; while somebody types, it can wait.
    clearTimeout(later);
    later = setTimeout(() => gone || review.load(), 1000);
  };
  on("transcript", () => {
    look();
    // A corrected line makes stale what cites it, in pages that stand as they were.
    transcript.refresh();
    pages.names().forEach(pages.refresh);
  });
  on("queue", (told) => {
    review.progress(told);
    review.load();
  });
  on("piece", choosing.piece);
  on("done", choosing.done);
}

openTheme();
const boot = one("#boot");
if (boot) openSession(JSON.parse(boot.textContent));
else {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || isField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    one("#q").focus();
  });
}
