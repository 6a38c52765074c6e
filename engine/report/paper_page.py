"""The paper scorecard as an A4 page: columns of factors with boxes, black on white."""

from typing import TYPE_CHECKING

from engine.report.escaping import breakable, escape, page

if TYPE_CHECKING:
    from engine.report.paper import Sheet

_CSS = """
@page { size: A4; margin: 9mm; }
* { box-sizing: border-box; }
:root { color-scheme: light; }
body { margin: 0 auto; padding: .5rem; max-width: 210mm; background: #fff; color: #000;
  font: 7.8pt/1.25 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; }
h1 { font-size: 13pt; margin: 0; overflow-wrap: anywhere; }
p { margin: .25rem 0; }
.head { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; align-items: baseline;
  border-bottom: 1.5pt solid #000; padding-bottom: .3rem; }
.blank { flex: 1; min-width: 6rem; border-bottom: .5pt solid #000; }
.columns { columns: 3 54mm; column-gap: 4mm; margin-top: .4rem; }
.factor { break-inside: avoid; border: .5pt solid #777; border-radius: 3pt; margin: 0 0 1.6mm; padding: .8mm 1.6mm; }
.factor h2 { font-size: 8pt; margin: 0; display: flex; justify-content: space-between; gap: 2mm; align-items: end; }
.factor h2 span:first-child { overflow-wrap: anywhere; }
.write { flex: none; width: 13mm; height: 4.6mm; border: .8pt solid #000; border-radius: 2pt; background: #fff; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: 0 1mm 0 0; vertical-align: top; text-align: left; font-weight: 400; overflow-wrap: anywhere; }
td:first-child { width: 4mm; }
td.points { text-align: right; width: 10mm; white-space: nowrap; font-weight: 600; }
.sum { display: flex; justify-content: space-between; align-items: center; font-weight: 700; font-size: 9.5pt;
  padding: .8mm 1.6mm; }
.box { display: inline-block; width: 2.6mm; height: 2.6mm; border: .7pt solid #000; vertical-align: -.3mm; }
.factor.scores th, .factor.scores td { width: auto; padding-right: 2mm; }
.factor.scores th { font-weight: 600; border-bottom: .5pt solid #000; }
.small { font-size: 7pt; overflow-wrap: anywhere; }
"""


def render(sheet: "Sheet") -> str:
    """Give the whole page."""
    factors = "".join(_factor(number, *factor) for number, factor in enumerate(sheet.factors, 1))
    scores = "".join(
        f"<tr><td>{low} to {high}</td><td>{band}</td><td>{risky} to {safe}</td></tr>"
        for low, high, band, risky, safe in sheet.scores
    )
    body = f"""<div class="head"><h1>Scorecard: {escape(sheet.title)}</h1></div>
<p class="head">Name <span class="blank"></span> Number <span class="blank"></span> Date <span
  class="blank"></span></p>
<p>For each factor tick the <strong>first</strong> line that fits, and write its points in the box. Add up at
  the end.</p>
<main class="columns">
<div class="factor sum">Start with <span>{sheet.base}</span></div>
{factors}
<div class="factor sum">Add up all above <span class="write"></span></div>
<div class="factor sum">Score <small>({sheet.low} if less, {sheet.high} if more)</small> <span
  class="write"></span></div>
<section class="factor scores"><table><thead><tr><th scope="col">score</th><th scope="col">band</th>
<th scope="col">chance of default</th></tr></thead><tbody>{scores}</tbody></table></section>
</main>
<p class="small">A person decides; this sheet is an aid. Model {escape(sheet.hash)}</p>"""
    return page(f"Scorecard {sheet.title}", body, css=_CSS)


def _factor(number: int, name: str, made: tuple[tuple[str, int], ...]) -> str:
    rows = "".join(
        f'<tr><td><span class="box"></span></td><td>{escape(label)}</td><td class="points">{points:+d}</td></tr>\n'
        for label, points in made
    )
    return (
        f'<section class="factor"><h2><span>{number}. {breakable(name)}</span><span class="write"></span></h2>'
        f"<table><tbody>{rows}</tbody></table></section>\n"
    )
