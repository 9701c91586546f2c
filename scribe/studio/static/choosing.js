// Alternatives of one block, side by side: pick one, or have another written and watch it come.
// In: the ways that the server knows. Out: a pick, or a job. What a person wrote is never replaced unasked.

// @ts-check

import { alarm, ask, count, made, make, one, say, shown, toast } from "./page.js";

/**
 * @param {string} api
 * @param {any} pages
 */
export function openChoosing(api, pages) {
  const dialog = one("#ways");
  const [list, form, voice, stop, remark, streams] = [
    "#ways-list",
    "#branch",
    "#voice",
    "[data-act=stop]",
    "#ways-remark",
    "#streams",
  ].map((css) => one(css));
  /** What each job has written so far: pieces may come before the answer that names their job. @type {Map<string, Map<number, string>>} */
  const written = new Map();
  let block = "";
  let page = "";
  let job = "";
  /** @type {any} */
  let from = null;

  /** @param {number[]} lines */
  const cited = (lines) =>
    lines
      .slice(0, 12)
      .flatMap((n) => [
        make("a", { class: "cite", href: `#line-${n}`, "data-lines": n, title: `Line ${n}` }, String(n)),
        " ",
      ]);

  /** @param {any} way @param {number} total @param {boolean} isOneOfSeveral texts of its voice */
  function card(way, total, isOneOfSeveral) {
    const verdicts = Object.entries(way.verdicts ?? {})
      .filter(([, n]) => n)
      .map(([name, n]) => `${n} ${name}`)
      .join(", ");
    const facts = [
      `${way.number} of ${total}`,
      isOneOfSeveral ? `sample ${way.sample + 1}` : "",
      verdicts || "no verdicts",
      way.log_loss === null ? "" : `log-loss ${way.log_loss.toFixed(2)}`,
      way.children ? `${count(way.children, "text")} written on from it` : "",
    ];
    const chosen = way.is_chosen
      ? make("span", {}, "chosen")
      : make("button", { type: "button", "data-pick": way.number }, "Pick");
    return make(
      "article",
      {
        class: way.is_chosen ? "way is-chosen" : "way",
        tabindex: 0,
        "aria-label": `${way.voice}, ${way.number} of ${total}`,
        "data-number": way.number,
      },
      make("h3", {}, way.voice),
      made(way.html, { class: "text" }),
      make("p", { class: "facts" }, facts.filter(Boolean).join(" · ")),
      way.lines.length ? make("p", { class: "facts" }, "rests on ", ...cited(way.lines)) : "",
      make("p", { class: "facts" }, chosen),
    );
  }

  async function load() {
    const told = await ask("GET", `${api}/alternatives/${encodeURIComponent(block)}`);
    one("#ways-head").textContent = told.name ? `Alternatives: ${told.name}` : "Alternatives";
    const voices = told.ways.map((/** @type {any} */ way) => way.voice);
    list.replaceChildren(
      ...told.ways.map((/** @type {any} */ way) =>
        card(way, told.ways.length, voices.indexOf(way.voice) !== voices.lastIndexOf(way.voice)),
      ),
    );
    const was = voice.value;
    voice.replaceChildren(...told.voices.map((/** @type {string} */ name) => make("option", { value: name }, name)));
    if (told.voices.includes(was)) voice.value = was;
    form.hidden = !told.voices.length;
    one("#ways-bits").textContent = told.choices
      ? `You have made ${count(told.choices, "choice")} for this post, which gave ${told.bits.toFixed(1)} bits.`
      : "";
    remark.textContent = told.is_own ? "The page has your own words here; a pick is put beside them, not over them." : "";
    return told;
  }

  /** Opens the alternatives of the block that `element` shows. @param {any} element */
  async function open(element) {
    const about = pages.blockOf(element);
    if (!about?.id) return;
    from = element;
    block = about.id;
    page = pages.pageOf(element).name;
    const told = await shown(load());
    if (!told) return;
    if (!told.ways.length && !told.voices.length) return void toast("This block has no alternatives.");
    if (!dialog.open) {
      const isWide = matchMedia("(min-width: 1000px)").matches;
      dialog.classList.toggle("is-aside", isWide);
      if (isWide) dialog.show();
      else dialog.showModal();
    }
    (list.firstElementChild ?? one("[data-act=ways-close]")).focus();
  }

  function close() {
    if (dialog.open) dialog.close();
  }

  /** @param {number} number @param {boolean} [overOwn] */
  async function pick(number, overOwn = false) {
    const told = await shown(ask("POST", `${api}/pick`, { block, number, over_own: overOwn }));
    if (!told) return;
    await pages.refresh(page);
    await shown(load());
    const beside = told.proposals > 0 ? "; the pick lies in proposals.md" : "";
    if (beside || told.outcome === "kept") {
      toast(`Your own text stands${beside}.`, { label: "Replace mine", act: () => pick(number, true) });
    } else toast("Picked.");
    one(`[data-number="${number}"]`, list)?.focus();
  }

  function draw() {
    const texts = [...(written.get(job) ?? [])].sort(([a], [b]) => a - b);
    texts.forEach(([sample, text]) => {
      let pre = one(`[data-sample="${sample}"]`, streams);
      if (!pre) streams.append((pre = make("pre", { class: "stream", "aria-live": "off", "data-sample": sample })));
      if (pre.textContent !== text) pre.textContent = text;
    });
  }

  /** @param {any} told `{job, sample, text}` */
  function piece(told) {
    const samples = written.get(told.job) ?? new Map();
    samples.set(told.sample, (samples.get(told.sample) ?? "") + told.text);
    written.set(told.job, samples);
    if (told.job === job) draw();
  }

  /** @param {any} told `{job, added, remark, is_stopped, error}` */
  async function done(told) {
    written.delete(told.job);
    if (told.job !== job) return void ended.set(told.job, told);
    job = "";
    stop.hidden = true;
    one("[type=submit]", form).disabled = false;
    if (told.error) alarm(told.error);
    say(told.is_stopped ? "Stopped" : `${count(told.added ?? 0, "alternative")} added`);
    if (dialog.open) await shown(load());
    streams.replaceChildren();
    if (told.remark) remark.textContent = told.remark;
    pages.refresh(page);
  }

  /** Jobs that ended before their own answer came. @type {Map<string, any>} */
  const ended = new Map();

  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    const samples = Math.min(8, Math.max(1, Number(one("#samples").value) || 1));
    const button = one("[type=submit]", form);
    button.disabled = true;
    streams.replaceChildren();
    remark.textContent = "";
    const told = await shown(ask("POST", `${api}/branch`, { block, voice: voice.value, samples }));
    if (!told) return void (button.disabled = false);
    job = told.job;
    stop.hidden = false;
    draw();
    say("Writing");
    if (ended.has(job)) {
      const end = ended.get(job);
      ended.delete(job);
      done(end);
    }
  });
  stop.addEventListener("click", () => job && shown(ask("POST", `${api}/stop`, { job })));
  list.addEventListener("click", (/** @type {any} */ event) => {
    const button = event.target.closest("[data-pick]");
    if (button) pick(Number(button.dataset.pick));
  });
  list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const cardHere = /** @type {any} */ (event.target).closest(".way");
    const steps = /** @type {Record<string, string>} */ ({
      ArrowRight: "nextElementSibling",
      ArrowDown: "nextElementSibling",
      ArrowLeft: "previousElementSibling",
      ArrowUp: "previousElementSibling",
    });
    if (event.target !== cardHere || !steps[event.key]) return;
    event.preventDefault();
    cardHere[steps[event.key]]?.focus();
  });
  dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  });
  dialog.addEventListener("close", () => {
    const back = from?.isConnected ? from : document.getElementById(`block-${block}`);
    if (back) pages.stand(pages.pageOf(back), back);
  });

  return {
    /** The block whose alternatives are shown. */
    get from() {
      return from;
    },
    open,
    close,
    piece,
    done,
    get isOpen() {
      return dialog.open;
    },
    /** Whether the dialog hides the panes. */
    get isModal() {
      return dialog.open && !dialog.classList.contains("is-aside");
    },
    /** Picks the card that has the focus; false where none has. */
    accept() {
      const here = document.activeElement?.closest?.("#ways .way:not(.is-chosen)");
      if (here) pick(Number(/** @type {any} */ (here).dataset.number));
      return Boolean(here);
    },
  };
}
