"""HTML as Telegram reads it."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.local.entities import Formatted, detect, trim, utf16
from bot.channels.local.markup import MarkupError, parse_html

READS = [
    ("plain", "plain", []),
    ("<b>b</b><strong>s</strong>", "bs", [("bold", 0, 1), ("bold", 1, 1)]),
    ("<i>i</i><em>e</em><u>u</u><ins>n</ins>", "ieun",
     [("italic", 0, 1), ("italic", 1, 1), ("underline", 2, 1), ("underline", 3, 1)]),
    ("<s>a</s><strike>b</strike><del>c</del>", "abc", [("strikethrough", n, 1) for n in range(3)]),
    ("<tg-spoiler>a</tg-spoiler><span class='tg-spoiler'>b</span>", "ab", [("spoiler", 0, 1), ("spoiler", 1, 1)]),
    ("<code>x</code> <pre>y</pre>", "x y", [("code", 0, 1), ("pre", 2, 1)]),
    ("<blockquote>q</blockquote><blockquote expandable>r</blockquote>", "qr",
     [("blockquote", 0, 1), ("expandable_blockquote", 1, 1)]),
    ("🏟 🏟<b>a</b>", "🏟 🏟a", [("bold", 5, 1)]),
    ("<b>a<i>b</i>c</b>", "abc", [("bold", 0, 3), ("italic", 1, 1)]),
    ("<B>x</B> <i>y</>", "x y", [("bold", 0, 1), ("italic", 2, 1)]),
    ("<b></b>x", "x", []),
    ("&lt;&gt;&amp;&quot;&#65;&#x42;&ge;&laquo;", '<>&"AB&ge;&laquo;', []),
    ("a & b &", "a & b &", []),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "entities"), READS)
def test_reads(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    parsed = parse_html(source)
    assert (parsed.text, [(e["type"], e["offset"], e["length"]) for e in parsed.entities]) == (text, entities)


def test_reads_links_and_languages() -> None:
    (link,) = parse_html('<a href="https://example.org/?a=1&amp;b=2">x</a>').entities
    assert link == {"type": "text_link", "offset": 0, "length": 1, "url": "https://example.org/?a=1&b=2"}
    assert parse_html("<a href='example.org'>x</a>").entities[0]["url"] == "http://example.org/"
    assert parse_html("<a href='javascript:alert(1)'>x</a>").entities == []
    (code,) = parse_html('<pre><code class="language-python">x</code></pre>').entities
    assert code == {"type": "pre", "offset": 0, "length": 1, "language": "python"}


# The messages and offsets are the ones TDLib's own tests expect; the first 13 bytes are two emoji, a space, a `<`.
LEAD = "🏟 🏟&lt;"
REFUSED = [
    ("&#57311;", ("Text contains invalid Unicode characters after decoding HTML entities, "
                  "check for unmatched surrogate code units")),
    (LEAD + "<abacaba", "Unclosed start tag at byte offset 13"),
    (LEAD + "<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
    (LEAD + "<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
    (LEAD + "<i    aba>", 'Can\'t find end tag corresponding to start tag "i"'),
    (LEAD + "<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
    (LEAD + "<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
    (LEAD + '<i    aba  =  "&lt;&gt;&quot;>', "Unclosed start tag at byte offset 13"),
    (LEAD + "</", "Unexpected end tag at byte offset 13"),
    (LEAD + "<b></b></", "Unexpected end tag at byte offset 20"),
    (LEAD + "<i>a</i   ", "Unclosed end tag at byte offset 17"),
    (LEAD + "<i>a</em   >", 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"'),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("<br>", 'Unsupported start tag "br" at byte offset 0'),
]  # fmt: skip


@pytest.mark.parametrize(("source", "problem"), REFUSED)
def test_refuses(source: str, problem: str) -> None:
    with pytest.raises(MarkupError) as refusal:
        parse_html(source)
    assert str(refusal.value) == problem


@given(st.text())
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parse_html(html.escape(text.replace("\0", ""))) == Formatted(text.replace("\0", ""), [])


@given(st.text(alphabet="<>/&; abi=\"'#x4é🙂"))
def test_anything_is_read_or_refused_within_bounds(source: str) -> None:
    try:
        parsed = parse_html(source)
    except MarkupError:
        return
    size = utf16(parsed.text)
    assert all(
        e["offset"] >= 0 and e["length"] > 0 and e["offset"] + e["length"] <= size for e in parsed.entities
    )


@given(
    st.recursive(
        st.text("a🙂<& "), lambda inner: st.tuples(st.sampled_from("bius"), st.lists(inner, max_size=3))
    )
)
def test_nested_tags_are_understood(tree: object) -> None:
    def write(node: object) -> tuple[str, str]:
        if isinstance(node, str):
            return html.escape(node), node
        assert isinstance(node, tuple)
        parts = [write(child) for child in node[1]]
        return f"<{node[0]}>{''.join(p[0] for p in parts)}</{node[0]}>", "".join(p[1] for p in parts)

    source, text = write(tree)
    assert parse_html(source).text == text


def test_trims_as_telegram_trims() -> None:
    parsed = trim(parse_html("\n  <b>x </b>\n "))
    assert parsed == Formatted("x", [{"type": "bold", "offset": 0, "length": 1}])


def test_finds_what_the_apps_find() -> None:
    text = "/start@bot see https://example.org/a, mail a@b.org or @someone #tag 1/2"
    found = [
        (e["type"], text[e["offset"] : e["offset"] + e["length"]]) for e in detect(Formatted(text)).entities
    ]
    assert found == [
        ("bot_command", "/start@bot"),
        ("url", "https://example.org/a"),
        ("email", "a@b.org"),
        ("mention", "@someone"),
        ("hashtag", "#tag"),
    ]
    assert detect(parse_html("<code>/start</code>")).entities[0]["type"] == "code"
