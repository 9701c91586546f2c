"""The studio: how long a session takes to open, how it scrolls, how long a save takes, and how a kill ends.

    python benchmarks/studio.py --json

In: a folder of meetings (the README beside this file says which), and Chromium. Out: a table, and with `--json` one
object of named figures as the last line. The session of four hours is made of real meetings, one after another.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import corpora

from scribe.records import Segment, Transcript

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

LINES, HOURS = 5_000, 4
"""Of the long session."""

OPENINGS, SAVES = 7, 40

Figures = dict[str, float | int | bool | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exits 0 also where there is nothing to measure with."""
    parser = corpora.parser(__doc__)
    parser.add_argument("--lines", type=int, default=LINES, help="lines of the long session")
    parser.add_argument("--kills", type=int, default=10, help="times that the server is killed while somebody types")
    asked = parser.parse_args(arguments)
    chromium = shutil.which("chromium")
    meetings = corpora.load_meetings(asked.data, ("icsi",), limit=12) if asked.data.is_dir() else []
    if chromium is None or not meetings:
        print(f"nothing to measure with: {'no Chromium' if chromium is None else f'no meetings in {asked.data}'}")
        if asked.json:
            print("{}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder), meetings, asked.lines, asked.kills, chromium)
    for name, value in figures.items():
        print(f"{name:<28}{value if not isinstance(value, float) else f'{value:.3f}'}")
    if asked.json:
        print(json.dumps(figures))
    return 0


def long_session(meetings: Sequence[Transcript], lines: int) -> Transcript:
    """Lines of meetings one after another, spread over four hours in the proportions in which they were spoken."""
    spoken: list[Segment] = []
    at = 0.0
    while len(spoken) < lines:
        for meeting in meetings:
            end = max(s.end or 0.0 for s in meeting.segments)
            spoken += [
                s.model_copy(update={"start": at + (s.start or 0), "end": at + (s.end or 0)}) for s in meeting.segments
            ]
            at += end
    spoken = spoken[:lines]
    scale = HOURS * 3600 / max(s.end or 0.0 for s in spoken)
    segments = tuple(
        s.model_copy(update={"index": n, "start": (s.start or 0) * scale, "end": (s.end or 0) * scale})
        for n, s in enumerate(spoken)
    )
    return meetings[0].model_copy(update={"id": "long", "segments": segments, "duration": HOURS * 3600.0})


def measured(folder: Path, meetings: Sequence[Transcript], lines: int, kills: int, chromium: str) -> Figures:
    """All figures, from a workspace made for them."""
    from playwright.sync_api import sync_playwright
    from studio_server import StudioProcess

    from scribe.shelf import Workspace

    workspace = Workspace(folder)
    for transcript in (long_session(meetings, lines), meetings[0].model_copy(update={"id": "short"})):
        workspace.save_transcript(transcript)
        command = [sys.executable, "-m", "scribe", "run", transcript.id]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    studio = StudioProcess(folder)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(studio.address)
            page.wait_for_url(f"{studio.origin}/")
            figures: Figures = {"lines": lines}
            for name in ("long", "short"):
                figures |= {f"{key}_{name}": value for key, value in opening(page, studio, name).items()}
            figures["open_long_over_short"] = ratio(figures, "open_seconds_long", "open_seconds_short")
            figures |= scrolling(page, studio)
            figures |= saving(page, studio, folder)
            figures |= killing(page, studio, folder, kills)
            browser.close()
    finally:
        studio.stop()
    return figures


def ratio(figures: Figures, one: str, other: str) -> float:
    """One figure over another."""
    return float(figures[one] or 0) / float(figures[other] or 1)


def opening(page: Any, studio: Any, name: str) -> Figures:
    """Seconds from asking for a session until its first line can be seen and a key works; and of that, the server's."""
    seconds, server = [], []
    for _ in range(OPENINGS):
        page.goto("about:blank")
        began = time.perf_counter()
        page.goto(f"{studio.origin}/s/{name}", wait_until="commit")
        page.wait_for_selector("#pane-transcript .line[tabindex='0']", state="visible")
        seconds.append(time.perf_counter() - began)
        told = page.evaluate("performance.getEntriesByType('navigation')[0].responseStart")
        server.append(told / 1000)
    return {
        "open_seconds": statistics.median(seconds),
        "open_worst": max(seconds),
        "server_seconds": statistics.median(server),
    }


def scrolling(page: Any, studio: Any) -> Figures:
    """Frames while the long transcript is scrolled from end to end in four seconds."""
    page.goto(f"{studio.origin}/s/long")
    page.wait_for_selector("#pane-transcript .line[tabindex='0']", state="visible")
    page.wait_for_timeout(1500)
    gaps = page.evaluate(
        """() => new Promise((done) => {
            const pane = document.querySelector('#pane-transcript .scroll'), gaps = [];
            const began = performance.now(); let last = began;
            const step = (now) => {
                gaps.push(now - last); last = now;
                const share = (now - began) / 4000;
                pane.scrollTop = share * (pane.scrollHeight - pane.clientHeight);
                share < 1 ? requestAnimationFrame(step) : done(gaps.slice(1));
            };
            requestAnimationFrame(step);
        })"""
    )
    ordered = sorted(gaps)
    return {
        "scroll_frames": len(gaps),
        "scroll_ms_median": statistics.median(gaps),
        "scroll_ms_95": ordered[int(0.95 * len(ordered))],
        "scroll_long_frames": sum(gap > 50 for gap in gaps) / len(gaps),
    }


def saving(page: Any, studio: Any, folder: Path) -> Figures:
    """Milliseconds from asking for a save until it is on disk and answered."""
    page.goto(f"{studio.origin}/")
    told = page.evaluate(
        """async ([origin, many]) => {
            const shown = await (await fetch('/api/long/page/post')).json();
            const block = shown.blocks.filter((b) => b.kind === 'paragraph' && b.is_shown)[3];
            const took = []; let version = shown.version;
            for (let n = 0; n < many; n++) {
                const began = performance.now();
                const text = `${block.source} typed ${n}`;
                const body = {version, at: block.at, span: 1, before: block.source, text, burst: 'b'};
                const made = await fetch('/api/long/page/post', {method: 'PUT', body: JSON.stringify(body),
                    headers: {'Content-Type': 'application/json'}});
                version = (await made.json()).version;
                took.push(performance.now() - began);
            }
            return took;
        }""",
        [studio.origin, SAVES],
    )
    assert f"typed {SAVES - 1}" in (folder / "drafts" / "long" / "post.md").read_text()
    return {"save_ms_median": statistics.median(told), "save_ms_worst": max(told)}


def killing(page: Any, studio: Any, folder: Path, kills: int) -> Figures:
    """The server is killed while somebody types: how old the last text on disk is then, and what earlier saves lost."""
    path = folder / "drafts" / "short" / "post.md"
    ages, lost = [], 0
    for turn in range(kills):
        page.goto(studio.address)
        page.wait_for_url(f"{studio.origin}/")
        page.goto(f"{studio.origin}/s/short")
        block = page.locator("#pane-post .block:has(> .text > p):has(a.cite)").nth(2)
        # At its first letters: what was typed moves its citations, and one in its middle would be followed.
        block.locator("> .text > p").first.dblclick(position={"x": 4, "y": 8})
        field = page.locator("textarea")
        field.press("Control+End")
        typed: list[tuple[float, str]] = []
        until = time.perf_counter() + 1.2 + 0.17 * turn
        while time.perf_counter() < until:
            field.type("x")
            typed.append((time.perf_counter(), field.input_value()))
        studio.kill()
        ended = time.perf_counter()
        text = path.read_text()
        safe = [when for when, told in typed if told in text]
        lost += not safe
        ages.append(ended - max(safe, default=typed[0][0]))
        studio.start()
    return {"kills": kills, "kills_lost": lost, "kill_lost_seconds_worst": max(ages, default=0.0)}


if __name__ == "__main__":
    sys.exit(main())
