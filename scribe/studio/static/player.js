// The player and its strip: one clock over all recordings of a page, played or only pointed at.
// In: the parts of the session and where its lines begin. Out: which line is heard now. It knows nothing of pages.

// @ts-check

import { clock, one, remember, remembered } from "./page.js";

/**
 * Where the lines lie on the clock of the page: the parts one after the other.
 * @param {any[]} parts
 */
export function openLines(parts) {
  /** @type {number[]} */
  let starts = [];
  /** @type {any[]} */
  let rows = [];
  /** @type {number[]} */
  const offsets = [];
  let length = 0;

  /** Reads the lines anew, once after each change of the transcript. */
  function read() {
    rows = [...document.querySelectorAll("#turns .line")].map((row) => {
      const { n, start, end } = /** @type {HTMLElement} */ (row).dataset;
      return { n: Number(n), start: start === undefined ? NaN : Number(start), end: Number(end ?? start) };
    });
    offsets.length = 0;
    length = 0;
    for (const part of parts) {
      length = part.offset ?? length;
      offsets.push(length);
      const ends = rows.slice(part.first, part.last).map((row) => row.end);
      length += part.duration ?? ends.reduce((most, end) => (end > most ? end : most), 0);
    }
    let last = 0;
    starts = rows.map(
      (row) => (last = Number.isNaN(row.start) ? last : Math.max(last, offsets[partOf(row.n)] + row.start)),
    );
  }

  function ready() {
    if (!rows.length) read();
  }

  /** @param {number} n */
  function partOf(n) {
    const found = parts.findIndex((part) => n >= part.first && n < part.last);
    return found < 0 ? 0 : found;
  }

  return {
    forget: () => (rows = []),
    partOf,
    get length() {
      ready();
      return length;
    },
    get count() {
      ready();
      return rows.length;
    },
    /** @param {number} k */
    offset: (k) => (ready(), offsets[k] ?? 0),
    /** The clock of the page at the start of line `n`. @param {number} n */
    startOf: (n) => (ready(), starts[n] ?? 0),
    /** @param {number} n */
    endOf: (n) => (
      ready(),
      rows[n] && !Number.isNaN(rows[n].end) ? offsets[partOf(n)] + rows[n].end : (starts[n] ?? 0)
    ),
    /** The last line that begins at or before `time`; -1 before the first. O(log n). @param {number} time */
    at(time) {
      ready();
      let [low, high] = [0, starts.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle] <= time + 0.001) low = middle + 1;
        else high = middle;
      }
      return low - 1;
    },
  };
}

/**
 * @param {any[]} parts
 * @param {ReturnType<typeof openLines>} lines
 * @param {{onLine: (n: number) => void, onTime: (n: number, time: number) => void, topics: {start: number, title: string}[]}} hooks
 *   `topics` start on the clock of the page
 */
export function openPlayer(parts, lines, { onLine, onTime, topics }) {
  const audio = one("#audio");
  const strip = one("#strip");
  const [head, time, silent, topic, hover] = ["#head", "#time", "#silent", "#topic", "#hover"].map((css) => one(css));
  const button = one("[data-act=play]");
  const ns = "http://www.w3.org/2000/svg";
  let loaded = -1;
  let still = 0; // Where a person points in a part that cannot be heard, or that is still loading.
  let isSeeking = false;
  let wantsPlay = false;
  let heard = -1;
  let second = -1;

  /** @param {number} at */
  const topicAt = (at) => (topics.findLast((one) => one.start <= at + 0.001) ?? topics[0])?.title ?? "";
  const canPlay = () => parts[loaded]?.media && !audio.error;
  const now = () => (canPlay() && !isSeeking ? lines.offset(loaded) + audio.currentTime : still);

  /** @param {number} k */
  function load(k) {
    if (k === loaded || !parts[k]) return;
    loaded = k;
    silent.textContent = parts[k].why_silent ?? "";
    button.disabled = !parts[k].media;
    if (parts[k].media) audio.src = parts[k].media;
    else audio.removeAttribute("src");
  }

  /** Goes to `to` on the clock of the page; plays on if it played. @param {number} to @param {boolean} [plays] */
  function seek(to, plays = !audio.paused) {
    still = Math.min(Math.max(0, to), lines.length || to);
    let k = 0;
    while (k + 1 < parts.length && lines.offset(k + 1) <= still + 0.001) k += 1;
    load(k);
    if (canPlay()) {
      isSeeking = true;
      wantsPlay = plays;
      if (audio.readyState >= 1) land();
    }
    draw();
  }

  function land() {
    if (!isSeeking) return;
    isSeeking = false;
    audio.currentTime = Math.max(0, still - lines.offset(loaded));
    audio.playbackRate = Number(one("#rate").value);
    if (wantsPlay) play();
    draw();
  }

  function play() {
    if (!canPlay()) return;
    wantsPlay = true;
    // A refusal is told by the audio's own error event, or is a browser's wish for one more press.
    audio.play().catch(() => {});
  }

  function toggle() {
    if (loaded < 0) load(0);
    if (audio.paused) play();
    else audio.pause();
  }

  function draw() {
    const at = now();
    const x = lines.length ? String((1000 * at) / lines.length) : "0";
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    const line = lines.at(at);
    if (line !== heard) onLine((heard = line));
    onTime(line, at);
    if (Math.floor(at) === second) return;
    second = Math.floor(at);
    time.textContent = lines.length ? `${clock(at)} / ${clock(lines.length)}` : clock(at);
    topic.textContent = topicAt(at);
    strip.setAttribute("aria-valuemax", String(Math.floor(lines.length)));
    strip.setAttribute("aria-valuenow", String(second));
    strip.setAttribute("aria-valuetext", [clock(at), topic.textContent].filter(Boolean).join(", "));
  }

  function tick() {
    draw();
    if (!audio.paused) requestAnimationFrame(tick);
  }

  function look() {
    const isOn = !audio.paused;
    button.setAttribute("aria-label", isOn ? "Pause" : "Play");
    button.firstElementChild.textContent = isOn ? "❚❚" : "▶";
  }

  audio.addEventListener("loadedmetadata", land);
  audio.addEventListener("play", () => (look(), requestAnimationFrame(tick)));
  audio.addEventListener("pause", () => (look(), draw()));
  audio.addEventListener("seeked", draw);
  audio.addEventListener("ended", () => {
    if (loaded + 1 < parts.length) seek(lines.offset(loaded + 1), true);
  });
  audio.addEventListener("error", () => {
    if (!audio.getAttribute("src")) return;
    isSeeking = false;
    button.disabled = true;
    const isFormat =
      audio.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED || audio.error?.code === MediaError.MEDIA_ERR_DECODE;
    silent.textContent = isFormat
      ? "This browser cannot play the format of this recording; everything else works."
      : "The recording could not be loaded; everything else works.";
  });

  const rate = one("#rate");
  rate.value = remembered("rate", "1");
  if (!rate.value) rate.value = "1";
  rate.addEventListener("change", () => {
    audio.playbackRate = Number(rate.value);
    remember("rate", rate.value);
  });

  /** @param {PointerEvent} event */
  const pointed = (event) => {
    const box = strip.getBoundingClientRect();
    return {
      x: event.clientX - box.left,
      width: box.width,
      at: (lines.length * Math.min(Math.max(0, event.clientX - box.left), box.width)) / box.width,
    };
  };
  strip.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button) return;
    strip.setPointerCapture(event.pointerId);
    seek(pointed(event).at);
  });
  strip.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const { x, width, at } = pointed(event);
    if (event.buttons & 1) seek(at);
    hover.textContent = [clock(at), topicAt(at)].filter(Boolean).join(" · ");
    hover.hidden = false;
    hover.style.setProperty("transform", x > width / 2 ? `translateX(calc(${x}px - 100%))` : `translateX(${x}px)`);
  });
  strip.addEventListener("pointerleave", () => (hover.hidden = true));
  strip.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    /** @type {Record<string, number>} */
    const steps = {
      ArrowLeft: -5,
      ArrowDown: -5,
      ArrowRight: 5,
      ArrowUp: 5,
      PageDown: -60,
      PageUp: 60,
      Home: -Infinity,
      End: Infinity,
    };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = now() + steps[event.key];
    seek(Number.isFinite(to) ? to : to < 0 ? 0 : lines.length);
  });

  load(0);
  return {
    seek,
    toggle,
    /** @param {number} n @param {boolean} [plays] */
    toLine: (n, plays) => seek(lines.startOf(n), plays),
    /** @param {number} by */
    skip: (by) => seek(now() + by),
    get line() {
      return heard;
    },
    get isPlaying() {
      return !audio.paused;
    },
    draw,
    /** Marks lines on the strip. @param {number[]} marked */
    mark(marked) {
      const scale = 1000 / (lines.length || 1);
      one("#marks").replaceChildren(
        ...marked.map((n) => {
          const rect = document.createElementNS(ns, "rect");
          const from = lines.startOf(n) * scale;
          rect.setAttribute("x", String(from));
          rect.setAttribute("width", String(Math.max(1.5, lines.endOf(n) * scale - from)));
          rect.setAttribute("y", "0");
          rect.setAttribute("height", "10");
          return rect;
        }),
      );
    },
  };
}
