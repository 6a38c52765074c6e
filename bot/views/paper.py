"""Pages as files: HTML that shows whatever a person typed as it is, fetches nothing and runs nothing.

They look as the reader's screen does, light or dark, become cards on a phone, and are plain on paper.
"""

import html
import unicodedata
from collections.abc import Iterable, Sequence

from bot.i18n import Locale, T, Value

Cell = Value | None
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
CSS = """
:root { color-scheme: light dark;
  --page: #f6f7f9; --paper: #fff; --ink: #17202a; --soft: #55606e; --line: #d5dae1; --link: #1f6fb2; }
@media (prefers-color-scheme: dark) { :root {
  --page: #101418; --paper: #181e25; --ink: #e8ecf1; --soft: #a7b2bf; --line: #36404b; --link: #6cb4ee; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5; overflow-wrap: anywhere;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 0 0 .8rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .5rem; }
h4 { font-size: .9rem; color: var(--soft); margin: 1rem 0 .3rem; }
h2 + h3, h2 + article h3, section > h3:first-of-type { margin-top: 0; }
article h3 { margin-top: 0; }
header p, footer, dt, th, .none { color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; margin: 0 0 1.2rem; padding: 0; }
a { color: var(--link); display: inline-block; padding: .2rem 0; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.2rem;
  margin: 0 0 1rem; scroll-margin-top: .5rem; }
article { border-bottom: 1px solid var(--line); padding-bottom: 1rem; margin-bottom: 1.2rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .6rem 1.2rem; margin: 0; }
dl + dl { margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); }
dt, td::before { font-size: .8rem; }
dd { margin: 0; white-space: pre-line; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; font-size: .8rem; overflow-wrap: normal; }
summary { cursor: pointer; color: var(--link); font-weight: 600; padding: .3rem 0; }
details { margin-top: .6rem; }
tr:last-child td { border-bottom: 0; }
p { margin: 0 0 .8rem; }
footer { padding: .5rem 1rem 2rem; font-size: .9rem; }
@media (max-width: 40rem) {
  section { padding: 1rem .9rem; } h1 { font-size: 1.35rem; } dl { grid-template-columns: 1fr; }
  thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; }
  table, tbody { display: block; }
  tr { display: grid; gap: .15rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; }
  td { display: grid; grid-template-columns: 8rem 1fr; gap: .6rem; padding: 0; border: 0; }
  td:first-child { font-weight: 600; } td:has(> .none) { display: none; }
  td::before { font-weight: 400; content: attr(data-name); color: var(--soft); padding-top: .1rem; } }
@media print {
  :root { color-scheme: light; --page: #fff; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --link: #000; }
  nav { display: none; } section { border: 0; padding: 0; } tr, dl > div { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; } body { font-size: 10pt; } }
"""


class Paper:
    """A page being written, in one language."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale

    def words(self, key: str, **values: Value) -> str:
        """Give a sentence."""
        return self.locale.html(T(key, values))

    def cell(self, value: Cell) -> str:
        """Give a value as HTML."""
        match value:
            case None | "":
                return '<span class="none">–</span>'
            case bool():
                return self.words("dossier.yes" if value else "dossier.no")
            case str():
                return f"<bdi>{escape(value)}</bdi>"
        return self.locale.value(value, escape=True)

    def named(self, *pairs: tuple[str, Cell]) -> str:
        """Give names with their values."""
        made = "".join(
            f"<div><dt>{self.words(key)}</dt><dd>{self.cell(value)}</dd></div>" for key, value in pairs
        )
        return f"<dl>{made}</dl>"

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
        """Give a table that becomes a list of cards on a narrow screen."""
        titles = [self.words(key) if "." in key else escape(key) for key in head]
        lines = [
            "".join(
                f'<td data-name="{html.escape(title)}">{self.cell(value)}</td>'
                for title, value in zip(titles, row, strict=True)
            )
            for row in rows
        ]
        if not lines:
            return f'<p class="none">{self.words("dossier.nothing")}</p>'
        first = "".join(f'<th scope="col">{title}</th>' for title in titles)
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"

    def kind(self, family: str, member: object) -> Cell:
        """Name a code in words where there are words for it; the code itself otherwise."""
        key = f"{family}.{member}"
        return T(key) if self.locale.has(key) else str(member)


def document(paper: "Paper", title: str, body: str) -> str:
    """Give a whole page around `body`; `title` is HTML, too."""
    return f"""<!DOCTYPE html>
<html lang="{paper.locale.language.replace("_", "-")}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{CSS}</style>
</head>
<body>
{body}
</body>
</html>
"""


def plain(text: str) -> str:
    """Take out what would turn the words around it about, or cannot be shown."""
    return "".join(
        "·" if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"} and c not in "\n\t" else c
        for c in text
    )


def escape(text: str) -> str:
    """Give a text so that HTML shows it as it is."""
    return html.escape(plain(text)).replace("\n", "<br>")
