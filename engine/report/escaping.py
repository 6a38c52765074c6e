"""HTML that shows texts as they are and fetches nothing, whatever a book's columns are called."""

import html
import re

from engine.report.wording import clean

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[_.-])(?=\w)")
_LONGEST = 20_000  # letters; nothing of ours is longer, and nothing else need be
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def escape(text: str) -> str:
    """Give a text so that HTML shows it as it is, between tags and in an attribute; what cannot be shown is a dot."""
    return html.escape(clean(text, _LONGEST), quote=True)


def breakable(name: str) -> str:
    """Escape a name, and let a line break within it where its words meet."""
    return "<wbr>".join(escape(word) for word in _WORDS.split(name))


def page(title: str, body: str, *, css: str) -> str:
    """Give a whole page; `title` is plain text, `body` is HTML."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{css}</style>
</head>
<body>
{body}
</body>
</html>
"""
