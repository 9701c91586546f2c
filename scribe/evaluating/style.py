"""How the report looks: one style sheet, for light and dark, wide and narrow."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --quiet: #5b5f66; --page: #ffffff; --line: #d9dce1; --soft: #f5f6f8;
  --sure: #1f5fa8; --bad: #a33a12; --warn: #fff4e5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e3; --quiet: #a4aab3; --page: #16181c; --line: #363b44;
  --soft: #1e2127; --sure: #8cc0f7; --bad: #f2a67c; --warn: #33270f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 0 0 .25rem; }
h4 { font-size: .9rem; margin: 0 0 .35rem; }
.simulators { list-style: none; margin: .6rem 0; padding: 0; }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .5rem;
  background: currentColor; }
.c0 { color: #2f6fb3; } .c1 { color: #b3541e; } .c2 { color: #2e7d4f; } .c3 { color: #8a4fa3; } .c4 { color: #8a6d00; }
.c5 { color: #5a6270; }
@media (prefers-color-scheme: dark) { .c0 { color: #7db4f0; } .c1 { color: #f0a070; } .c2 { color: #79cf9c; }
  .c3 { color: #cfa0e6; } .c4 { color: #d9bd4a; } .c5 { color: #aab2c0; } }
p { margin: .4rem 0; max-width: 46rem; }
small { color: var(--quiet); font-weight: 400; font-size: .85em; }
code { font: .92em ui-monospace, "DejaVu Sans Mono", monospace; }
.wide { overflow-x: auto; margin: 1rem 0; }
.wide:focus-visible { outline: 2px solid var(--sure); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: right; padding: .3rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody th, thead th:first-child { text-align: left; font-weight: 500; }
thead th { vertical-align: bottom; }
tbody small { white-space: nowrap; }
tbody td small { display: block; }
.sessions thead th { white-space: nowrap; }
.groups { display: flex; flex-wrap: wrap; gap: 0 2.5rem; } .groups .wide { max-width: 100%; }
.sure { color: var(--sure); font-weight: 700; }
.worst { color: var(--bad); font-weight: 700; }
.none { color: var(--quiet); }
.warning { background: var(--warn); padding: .1rem 1rem .6rem; border-radius: 6px; }
.warning h2 { margin-top: .8rem; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; max-width: 100%; }
figure svg { display: block; max-width: 100%; height: auto; }
article { border-top: 1px solid var(--line); padding: 1.2rem 0; }
.question { font-style: italic; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
.beside section { background: var(--soft); border-radius: 6px; padding: .8rem 1rem; min-width: 0; }
.cites, .lines { color: var(--quiet); font-size: .85rem; }
.cites b { color: var(--sure); }
.unsupported { color: var(--bad); } .weak { color: var(--quiet); }
em { font-size: .85rem; }
details { margin-top: .6rem; font-size: .9rem; }
summary { cursor: pointer; }
details ol { padding-left: 3.2rem; }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; }
@media (max-width: 36rem) { th, td { padding: .3rem .4rem; } main { padding: 1rem .8rem 3rem; } }
@media print { .wide { overflow: visible; } article { break-inside: avoid; } }
"""
