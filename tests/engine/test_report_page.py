import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.judge.evaluate import performance
from engine.reading.notes import Note
from engine.report import page
from engine.report.evidence import Evidence
from engine.report.measured import Measured
from engine.screening import Refusal
from tests.engine import made_models
from tests.engine.made_reports import HOSTILE, evidence, own_card

MODEL = own_card()
EVIDENCE = evidence(MODEL)
CHROMIUM = Path("/usr/bin/chromium")
_VOID = {"meta", "wbr", "br", "use", "path"}


class Reader(HTMLParser):
    """Checks that elements nest, and gathers what a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def all(self, name: str) -> list[str]:
        return [value or "" for key, value in self.attributes if key == name]


@pytest.fixture(scope="module")
def html() -> str:
    return page.render(
        MODEL,
        EVIDENCE,
        [Note("late", "salary", "sounds late")],
        [Refusal("id", "identifier", "numbers the rows")],
    )


def test_the_same_inputs_give_the_same_bytes(html: str) -> None:
    again = page.render(
        MODEL,
        evidence(MODEL),
        [Note("late", "salary", "sounds late")],
        [Refusal("id", "identifier", "numbers the rows")],
    )
    assert again == html


def test_the_page_stands_alone(html: str) -> None:
    read = Reader(html)
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(read.tags)
    assert all(link.startswith("#") for link in read.all("href") + read.all("src"))
    assert not re.search(r"@import|url\((?!#)", html)
    assert "default-src 'none'" in html


def test_every_id_is_one_elements_and_every_link_leads_somewhere(html: str) -> None:
    read = Reader(html)
    ids = read.all("id")
    assert len(ids) == len(set(ids))
    wanted = [link[1:] for link in read.all("href")] + re.findall(r"url\(#([^)]*)\)", html)
    assert set(wanted) <= set(ids)
    assert set(read.all("aria-labelledby")) <= set(ids)


def test_every_plot_has_a_name_for_those_who_cannot_see_it(html: str) -> None:
    plots = re.findall(r"<svg[^>]*>", html)
    # ROC, calibration, KS, scores; a factor each; periods, drift, one protected column
    assert len(plots) == 4 + len(MODEL.factors) + 2 + 1
    assert all(re.search(r'role="img" aria-label="[^"]{40,}"', plot) for plot in plots)
    assert html.count("<figcaption>") == len(plots)


def test_colours_and_type_are_the_pages_own(html: str) -> None:
    drawings = "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL))
    assert not re.search(r"#[0-9a-fA-F]{6}|font-family|DejaVu|Helvetica", drawings)
    assert set(re.findall(r"var\(--(\w+)\)", drawings)) <= set(re.findall(r"--(\w+):", html))
    assert "prefers-color-scheme: dark" in html


def test_every_figure_has_the_interval_that_the_engine_measures(html: str) -> None:
    for kind in EVIDENCE.pd:
        told = performance(EVIDENCE.pd[kind], EVIDENCE.bad, seed=0)
        for figure in (told.auc, told.ks, told.brier, told.log_loss, told.ece):
            assert f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" in html


def test_what_the_card_says_is_not_measured_anew() -> None:
    said = {"auc": 0.123, "auc_low": 0.111, "auc_high": 0.135}
    model = msgspec.structs.replace(MODEL, figures={"kind scorecard": said})
    assert Measured(model, EVIDENCE).kinds["scorecard"] == said
    assert "0.123 [0.111, 0.135]" in page.render(model, EVIDENCE)


def test_names_that_mean_harm_stay_names() -> None:
    model = own_card(HOSTILE)
    text = page.render(
        model,
        evidence(model, hostile=HOSTILE),
        [Note("late", HOSTILE, HOSTILE)],
        [Refusal(HOSTILE, "identifier", HOSTILE)],
    )
    read = Reader(text)
    assert "script" not in read.tags
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert "\x07" not in text
    assert "\u202e" not in text
    assert any("<script>alert(1)</script>" in said for said in read.said)  # as text, to be read
    assert "中" in text


def test_a_page_needs_no_more_than_the_chosen_kind() -> None:
    pd = EVIDENCE.pd["boosting"]
    bare = Evidence(pd={"boosting": pd}, bad=EVIDENCE.bad, chosen="boosting", scores=EVIDENCE.scores)
    model = made_models.model(made_models.boosting(made_models.chance(2)))
    text = page.render(model, bare)
    Reader(text)
    assert "the only kind tried" in text
    assert re.search(r"Not measured.*fairness", text, re.IGNORECASE)


def test_without_evidence_it_is_the_card_alone_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, engine; from engine.report import page; text = page.render(engine.load()); "
        "assert '<svg' not in text and 'books it never saw' in text; "
        "print(sorted({'numpy', 'matplotlib', 'sklearn', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    row = {"auc": 0.7, "auc_low": 0.6, "auc_high": 0.8}
    figures = {
        "kind scorecard": row,
        "split": {"test_rows": 123, "test_bads": 4},
        "fairness a=b": {"rows": 50},
    }
    text = page.render(msgspec.structs.replace(MODEL, figures=figures))
    Reader(text)
    assert "0.700" in text
    assert "loans, 4 of them bad" in text
    assert "most favoured group" in text


def test_groups_too_small_and_loans_hardly_ever_bad_are_drawn_too() -> None:
    rows = 400
    random = np.random.default_rng(1)
    bad = np.zeros(rows, dtype=bool)
    bad[:3] = True
    pd = np.clip(random.random(rows) / 50, 1e-6, 1)
    pd[:200] = 0.01
    codes = np.where(np.arange(rows) < 5, 0, 1)
    found = Evidence(
        pd={"scorecard": pd},
        bad=bad,
        chosen="scorecard",
        scores=np.full(rows, 850.0),
        groups={"tiny": (codes, ("few", "many")), "none": (np.full(rows, -1), ("a", "b"))},
        periods=(codes, ("2023", "2024")),
        terms={"x": (("all",), (300,), (0,), (rows,))},
    )
    Reader(page.render(MODEL, found))


@pytest.mark.browser
def test_on_a_phone_and_on_a_desk_nothing_spills_and_nothing_is_fetched(html: str, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium at /usr/bin/chromium")
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        said: list[str] = []
        for width in (390, 1280):
            opened = browser.new_page(viewport={"width": width, "height": 900})
            opened.on("console", lambda message: said.append(message.text))
            opened.on("request", lambda asked: said.append(asked.url))
            opened.goto(path.as_uri())
            assert set(said) == {path.as_uri()}
            assert opened.evaluate("document.documentElement.scrollWidth") == width
        browser.close()
