// One block open for writing: what is typed goes to the file while it is typed, one request at a time.
// In: an element of a block, or a place for a new one. Out: the page as the file has it. Nothing typed is ever dropped.

// @ts-check

import { ask, clock, made, make, one, Refused, say, shown } from "./page.js";

const AFTER_LAST_KEY_MS = 400;
const WHILE_TYPING_MS = 700;
const PREVIEW_MS = 250;
const LONGEST_WAIT_MS = 15_000;

/** The time of day, with seconds. */
const time = () => {
  const now = new Date();
  return clock(now.getHours() * 3600 + now.getMinutes() * 60 + now.getSeconds()).padStart(8, "0");
};

/**
 * @param {string} api
 * @param {any} pages
 */
export function openEditors(api, pages) {
  /** @type {any} */
  let open = null;

  /**
   * Saves what stands in `field` to blocks `[at, at+span)` of a page.
   * @param {any} field
   * @param {any} held `{element, page, id, version, at, span, before}`
   * @param {(text: string, isBad?: boolean) => void} tell
   */
  function saver(field, held, tell) {
    const burst = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    let isComposing = false;
    let isAgain = false;
    let wait = 1000;
    let [soon, latest] = [0, 0];
    /** @type {Promise<void> | null} */
    let busy = null;

    const isDirty = () => field.value !== held.before && !(held.span === 0 && !field.value.trim());
    const body = () => ({
      version: held.version,
      at: held.at,
      span: held.span,
      before: held.span ? held.before : null,
      text: field.value,
      burst,
    });

    async function put() {
      if (!isDirty() || isComposing) return;
      const sent = body();
      tell("saving…");
      held.isSaving = true;
      const told = await ask("PUT", `${api}/page/${held.page}`, sent).finally(() => (held.isSaving = false));
      const heard = held.heard ?? told.version;
      held.heard = null;
      Object.assign(held, { version: told.version, at: told.at, span: told.span, before: sent.text });
      wait = 1000;
      tell(`saved ${time()}`);
      if (told.is_merged) tell(`saved ${time()}; the file was changed elsewhere too, and both changes are kept`);
      if (told.is_merged || heard !== told.version) pages.refresh(held.page);
      else pages.get(held.page).version = told.version;
    }

    /** Sends what is typed; while a request is on its way, what is newest waits for its end. @returns {Promise<void>} */
    function save() {
      clearTimeout(soon);
      clearTimeout(latest);
      [soon, latest] = [0, 0];
      if (busy) return ((isAgain = true), busy);
      busy = put()
        .catch((error) => {
          if (!(error instanceof Refused)) throw error;
          tell(`not saved: ${error.message}`, true);
          // The server was away or stumbled: the text stays here, and is offered again.
          if (error.status === 0 || error.status >= 500) {
            soon = setTimeout(save, wait);
            wait = Math.min(2 * wait, LONGEST_WAIT_MS);
          }
        })
        .finally(() => {
          busy = null;
          if (isAgain) save();
          isAgain = false;
        });
      return busy;
    }

    field.addEventListener("input", () => {
      clearTimeout(soon);
      soon = setTimeout(save, AFTER_LAST_KEY_MS);
      latest ||= setTimeout(save, WHILE_TYPING_MS);
    });
    field.addEventListener("compositionstart", () => (isComposing = true));
    field.addEventListener("compositionend", () => {
      isComposing = false;
      save();
    });
    return {
      save,
      isDirty,
      async finish() {
        while (busy) await busy;
        await save();
        while (busy) await busy;
        // Where that failed, the next try stays planned.
        if (!isDirty()) clearTimeout(soon);
        clearTimeout(latest);
      },
      /** The last words before the page goes: they are sent without waiting for an answer. */
      part() {
        if (isDirty()) ask("PUT", `${api}/page/${held.page}`, body(), { keepalive: true }).catch(() => {});
      },
    };
  }

  /** @param {any} element @param {any} held @param {string} name */
  function start(element, held, name) {
    const field = make("textarea", { rows: 3, "aria-label": name, spellcheck: "true" });
    field.value = held.before;
    const saved = make("span", { class: "saved" });
    const preview = made("", { class: "preview text", role: "region", "aria-label": "Preview" });
    const done = make("button", { type: "button", class: "main", title: "Ctrl+Enter" }, "Done");
    const form = make("div", { class: "editor" }, field, make("div", { class: "ends" }, done, saved), preview);
    const tell = (/** @type {string} */ text, isBad = false) => {
      saved.textContent = text;
      saved.classList.toggle("is-bad", isBad);
      if (isBad || text.includes("elsewhere")) say(text);
    };
    const saving = saver(field, held, tell);
    let looking = 0;
    let asked = 0;
    const look = async () => {
      const mine = (asked += 1);
      const told = await ask("POST", `${api}/preview`, { page: held.page, text: field.value }).catch(() => null);
      if (told && mine === asked) preview.innerHTML = told.html;
    };
    const grow = () => {
      // Only where the style cannot do it by itself.
      if (CSS.supports("field-sizing", "content")) return;
      field.style.setProperty("height", "auto");
      field.style.setProperty("height", `${field.scrollHeight + 2}px`);
    };
    field.addEventListener("input", () => {
      grow();
      clearTimeout(looking);
      looking = setTimeout(look, PREVIEW_MS);
    });
    form.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.isComposing) return;
      const isDone = event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey));
      event.stopPropagation();
      if (!isDone) return;
      event.preventDefault();
      shown(close());
    });
    done.addEventListener("click", () => shown(close()));
    element.append(form);
    element.classList.add("is-editing");
    pages.hold(held);
    open = { element, held, saving, form };
    grow();
    look();
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  /** Closes the editor when everything is saved; the page then shows what the file has. @param {boolean} [focuses] */
  async function close(focuses = true) {
    if (!open) return true;
    const { element, held, saving, form } = open;
    await saving.finish();
    if (saving.isDirty()) return false;
    if (open?.form !== form) return true;
    open = null;
    pages.hold(null);
    form.remove();
    element.classList.remove("is-editing");
    const page = pages.get(held.page);
    if (!element.id || held.span !== 1) element.remove();
    await shown(ask("POST", `${api}/settle`, {}));
    await pages.refresh(held.page);
    const here = [...page.root.children].find((child) => pages.blockOf(child)?.at === held.at && !child.hidden);
    if (focuses) pages.stand(page, here ?? page.current);
    say("Saved");
    return true;
  }

  addEventListener("beforeunload", (event) => {
    if (open?.saving.isDirty()) event.preventDefault();
  });
  addEventListener("pagehide", () => open?.saving.part());

  return {
    close,
    get isOpen() {
      return Boolean(open);
    },
    /** Tries at once what waits for the server to come back. */
    retry: () => open?.saving.save(),
    /** @param {any} element */
    async edit(element) {
      if (open?.element === element) return one("textarea", element).focus();
      const [page, block] = [pages.pageOf(element), pages.blockOf(element)];
      if (!block || !(await close(false)) || !element.isConnected) return;
      const now = pages.blockOf(element);
      const held = {
        element,
        page: page.name,
        id: now.id,
        version: page.version,
        at: now.at,
        span: 1,
        before: now.source,
      };
      start(element, held, `Markdown of the ${element.getAttribute("aria-label")}`);
    },
    /** A new block after `element`, or at the end of the page. @param {any} page @param {any} element */
    async add(page, element) {
      if (!(await close(false))) return;
      const fresh = make("div", { class: "block" });
      if (element?.isConnected) element.after(fresh);
      else page.root.append(fresh);
      const at = element?.isConnected ? pages.blockOf(element).at + 1 : -1;
      start(
        fresh,
        { element: fresh, page: page.name, id: null, version: page.version, at, span: 0, before: "" },
        "Markdown of a new block",
      );
      fresh.scrollIntoView({ block: "nearest" });
    },
  };
}
