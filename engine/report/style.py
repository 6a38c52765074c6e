"""How the page looks: the reader's own type, light and dark as the reader's screen is, one column on a phone."""

CSS = """
:root { color-scheme: light dark;
  --page: #f6f7f9; --paper: #ffffff; --ink: #17202a; --soft: #55606e; --line: #d5dae1;
  --good: #1f6fb2; --bad: #c8501e; --third: #2a8a63; --fourth: #8a5aa8; --fifth: #8a7212; }
@media (prefers-color-scheme: dark) { :root {
  --page: #101418; --paper: #181e25; --ink: #e8ecf1; --soft: #a7b2bf; --line: #36404b;
  --good: #6cb4ee; --bad: #f0905c; --third: #5cc79b; --fourth: #c9a0e6; --fifth: #d9c25a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5; font-size: 1rem;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main, header, footer { max-width: 70rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 0 0 .7rem; }
h3 { font-size: 1rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
p { margin: 0 0 .8rem; max-width: 46rem; }
main { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1rem; }
section { grid-column: 1 / -1; min-width: 0; }
.soft, figcaption { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .8rem;
  margin: 1.2rem 0; padding: 0; }
.tiles > div { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.tiles dt { color: var(--soft); font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.45rem; font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; }
.tiles small { display: block; font-size: .8rem; font-weight: 400; color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; margin: 0 0 1.2rem; padding: 0;
  font-size: .92rem; }
nav a { color: var(--good); display: inline-block; padding: .15rem 0; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1.1rem 1.2rem; margin: 0 0 1rem;
  scroll-margin-top: .5rem; }
section > ul { margin: 0 0 .8rem; padding-left: 1.1rem; max-width: 50rem; }
section li { margin-bottom: .25rem; overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1.4rem 1.8rem; }
figure { margin: 0; min-width: 0; max-width: 36rem; }
svg.plot { display: block; width: 100%; height: auto; overflow: visible; font-family: inherit; }
svg.plot * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption { font-size: .9rem; margin-top: .3rem; }
details { margin-top: .4rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--good); padding: .2rem 0; }
.scroll { overflow-x: auto; margin: 0 0 .6rem; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--good); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .88rem; width: 100%; font-variant-numeric: tabular-nums; }
p.soft { font-size: .9rem; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: top; white-space: nowrap; }
th.word, td.word { text-align: left; white-space: normal; min-width: 8rem; overflow-wrap: anywhere; }
td.word.first { min-width: 9rem; max-width: 18rem; }
th { color: var(--soft); font-weight: 600; }
footer { color: var(--soft); font-size: .85rem; padding: .5rem 1rem 2rem; overflow-wrap: anywhere; }
@media (min-width: 56rem) { section.half { grid-column: span 1; } }
@media (max-width: 40rem) { section { padding: .9rem .8rem; } h1 { font-size: 1.4rem;
  } .tiles { grid-template-columns: 1fr 1fr; }
  .tiles dd { font-size: 1.2rem; } }
@media print { :root { --page: #fff; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --good: #1f6fb2;
  --bad: #c8501e; }
  nav { display: none; } section { border: 0; padding: 0; } figure, tr { break-inside: avoid;
  } body { font-size: 10pt; } }
"""
