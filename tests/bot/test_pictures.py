import io
import math
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.views import fonts, pictures
from bot.views.fonts import typeset
from bot.views.fonts.__main__ import build, common_hanzi
from bot.views.pictures import BandMark, gauge, history

LOWS = {"A": 740, "B": 670, "C": 600, "D": 520, "E": 300}
LABELS = {
    "en": ["Excellent", "Good", "Fair", "Weak", "Poor"],
    "zh": ["优秀", "良好", "一般", "偏弱", "较差"],
    "es": [
        "Excelente",
        "Bueno",
        "Aceptable, con margen de mejora",
        "Débil: conviene reforzarlo",
        "Muy débil: riesgo elevado de impago en los próximos doce meses",
    ],
}
TEXTS = {
    "en": ("Your score", "Score", "As of 14 May 2026"),
    "zh": ("您的信用分", "评分", "2026年5月14日 · 分数越高，违约的可能性越低"),
    "es": (
        "Su puntuación de crédito Candor para préstamos pequeños y medianos en todo el país",
        "Puntuación del día de hoy",
        "Una puntuación más alta significa una probabilidad menor de dejar cuotas sin pagar. " * 3,
    ),
}
CENTRE = pictures._Arc.centre


def marks(language: str = "en") -> list[BandMark]:
    return [
        BandMark(letter, low, label)
        for (letter, low), label in zip(LOWS.items(), LABELS[language], strict=True)
    ]


def band_of(score: int) -> str:
    return next(letter for letter, low in LOWS.items() if score >= low)


def draw_gauge(score: int, language: str = "en") -> bytes:
    title, score_label, footnote = TEXTS[language]
    return gauge(
        score=score,
        band=band_of(score),
        bands=marks(language),
        low=300,
        high=850,
        title=title,
        score_label=score_label,
        footnote=footnote,
    )


def draw_history(values: list[int], date: str = "{} May", language: str = "en") -> bytes:
    points = [(date.format(index + 1), value) for index, value in enumerate(values)]
    return history(points=points, bands=marks(language), low=300, high=850, title=TEXTS[language][0])


def pixels(png: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    assert "transparency" not in image.info
    return np.asarray(image.convert("RGB")).astype(int)


def where(shot: np.ndarray, colour: pictures.Colour) -> np.ndarray:
    """Say which pixels have a colour, as far as the palette of the file can give it."""
    found: np.ndarray = np.abs(shot - np.array(colour)).max(axis=2) <= 4
    return found


def ring(inner: float, outer: float) -> np.ndarray:
    y, x = np.mgrid[0 : pictures.HEIGHT, 0 : pictures.WIDTH]
    away = np.hypot(x - CENTRE[0], y - CENTRE[1])
    inside: np.ndarray = (away >= inner) & (away <= outer) & (y < CENTRE[1] + 20)
    return inside


def pointed_at(shot: np.ndarray) -> float:
    """Read the score off the picture: the direction of the pointer's ink between the number and the arc."""
    rows, columns = np.nonzero(where(shot, pictures.INK) & ring(188, 203))
    turn = math.atan2(CENTRE[1] - rows.mean(), columns.mean() - CENTRE[0])
    return 300 + 550 * (1 - turn / math.pi)


def assert_margins_clean(shot: np.ndarray) -> None:
    """Nothing is drawn on the mat, nor on the card's outermost pixels."""
    frame = np.ones(shot.shape[:2], dtype=bool)
    frame[11:-11, 11:-11] = False
    assert where(shot, pictures.MAT)[frame].all()
    margin = np.zeros(shot.shape[:2], dtype=bool)
    margin[45:-45, 14:30] = margin[45:-45, -30:-14] = True
    margin[14:22, 45:-45] = margin[-20:-14, 45:-45] = True
    assert where(shot, pictures.CARD)[margin].all()


class Written:
    """Every line that the pictures write, with the box it takes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[tuple[str, float, float, float]] = []
        write = pictures._Sheet.text

        def text(
            sheet: pictures._Sheet,
            text: str,
            at: pictures.Point,
            size: int,
            fill: pictures.Colour,
            *,
            bold: bool = False,
            align: pictures.Align = "middle",
        ) -> None:
            wide = typeset.measure(text, size, bold=bold)
            left = at[0] - {"left": 0, "middle": wide / 2, "right": wide}[align]
            self.lines.append((text, left, left + wide, at[1]))
            write(sheet, text, at, size, fill, bold=bold, align=align)

        monkeypatch.setattr(pictures._Sheet, "text", text)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    return Written(monkeypatch)


@pytest.mark.parametrize("language", ["en", "zh", "es"])
@pytest.mark.parametrize("score", [300, 431, 519, 520, 655, 712, 739, 740, 850])
def test_a_gauge_in_every_band_is_small_whole_and_inside_its_card(score: int, language: str) -> None:
    png = draw_gauge(score, language)
    shot = pixels(png)
    assert shot.shape == (600, 960, 3)
    assert len(png) <= 60_000
    assert_margins_clean(shot)
    for colour in pictures.PALETTE:
        assert (where(shot, colour) & ring(206, 284)).sum() > 4000


def test_the_pointer_stands_at_the_score() -> None:
    for score in range(300, 851, 25):
        assert pointed_at(pixels(draw_gauge(score))) == pytest.approx(score, abs=4)


def test_only_the_persons_band_stands_out() -> None:
    stops = dict(zip(LOWS, [850, *LOWS.values()], strict=False))
    for score in (320, 560, 630, 700, 800):
        rim = ring(286, 296)
        seen = [where(pixels(draw_gauge(score)), colour) & rim for colour in pictures.PALETTE]
        grown = {letter: int(found.sum()) for letter, found in zip(LOWS, seen, strict=True)}
        mine = grown.pop(band_of(score))
        width = math.pi * (stops[band_of(score)] - LOWS[band_of(score)]) / 550 * 291
        assert mine > 0.8 * 10 * width
        assert max(grown.values()) < 20


def test_safer_bands_lie_further_right() -> None:
    shot = pixels(draw_gauge(700))
    middles = [np.nonzero(where(shot, colour) & ring(206, 284))[1].mean() for colour in pictures.PALETTE]
    assert middles == sorted(middles, reverse=True)


def test_the_score_the_letters_and_every_boundary_are_written(written: Written) -> None:
    draw_gauge(712)
    texts = [text for text, *_ in written.lines]
    assert texts.count("712") == 1
    assert sorted(text for text in texts if text in LOWS) == ["A", "B", "B", "C", "D", "E"]
    assert {"300", "520", "600", "670", "740", "850"} <= set(texts)
    assert {"Your score", "Score", "Good", "As of 14 May 2026"} <= set(texts)


def test_narrow_bands_leave_out_what_would_touch(written: Written) -> None:
    bands = [
        BandMark("A", 600, "a"),
        BandMark("B", 598, "b"),
        BandMark("C", 596, "c"),
        BandMark("D", 300, "d"),
    ]
    gauge(score=597, band="C", bands=bands, low=300, high=850, title="t", score_label="s", footnote="f")
    texts = [text for text, *_ in written.lines]
    assert "600" in texts
    assert "598" not in texts
    assert texts.count("C") == 1  # beside the label, not on the sliver of arc


@pytest.mark.parametrize(
    "values", [[712], [300], [850], [670], [700, 650], [670, 670], [300, 850], [*range(560, 620)]]
)
@pytest.mark.parametrize("language", ["en", "zh", "es"])
def test_a_history_of_any_length_is_small_whole_and_inside_its_card(values: list[int], language: str) -> None:
    png = draw_history(
        values, {"en": "{} May", "zh": "2026年5月{}日", "es": "{} de septiembre de 2026"}[language]
    )
    shot = pixels(png)
    assert shot.shape == (600, 960, 3)
    assert len(png) <= 60_000
    assert_margins_clean(shot)


def last_dot(values: list[int]) -> tuple[float, float]:
    shot = pixels(draw_history(values))
    colour = pictures.PALETTE[list(LOWS).index(band_of(values[-1]))]
    rows, columns = np.nonzero(where(shot, colour)[:, :860])
    assert len(rows) > 150
    return columns.mean(), rows.mean()


def test_the_last_score_is_marked_in_its_bands_colour_at_its_height() -> None:
    assert last_dot([600, 650])[1] < last_dot([650, 620])[1]
    # In view: 600 to 670 and a margin of 16 % on both sides, over 382 pixels up from 498.
    assert last_dot([610, 635])[1] == pytest.approx(498 - 382 / 2, abs=2)


def test_one_score_stands_in_the_middle() -> None:
    assert last_dot([712])[0] == pytest.approx(489, abs=1)


def test_the_line_climbs_from_left_to_right() -> None:
    shot = pixels(draw_history([610, 660]))
    ink = where(shot, pictures.INK)
    heights = [np.nonzero(ink[118:496, x])[0].mean() for x in range(190, 660, 40)]
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(
    ("values", "edges", "letters"),
    [
        ([712], {"670", "740"}, {"A", "B", "C"}),
        ([670, 670], {"600", "670", "740"}, {"A", "B", "C", "D"}),
        ([300], {"300", "520"}, {"D", "E"}),
        ([850], {"740", "850"}, {"A", "B"}),
        ([300, 850], {"300", "520", "600", "670", "740", "850"}, set(LOWS)),
    ],
)
def test_the_axis_shows_the_boundaries_around_the_scores(
    values: list[int], edges: set[str], letters: set[str], written: Written
) -> None:
    draw_history(values)
    axis = {text for text, _, right, _ in written.lines if right < 100}
    assert axis == edges
    assert {text for text, left, *_ in written.lines if left > 870} == letters


@pytest.mark.parametrize("count", [2, 3, 8, 31, 32, 60])
@pytest.mark.parametrize(
    "date", ["{}", "2026年5月{}日", "{} de septiembre de 2026", "{} " + "muy largo " * 20]
)
def test_dates_never_touch_and_the_last_is_always_there(count: int, date: str, written: Written) -> None:
    draw_history([600 + index for index in range(count)], date)
    dates = sorted((left, right, text) for text, left, right, y in written.lines if y > 510)
    assert all(first[1] + 10 < second[0] for first, second in pairwise(dates))
    assert all(left >= 30 and right <= 930 for left, right, _ in dates)
    assert date.format(count).startswith(dates[-1][2].removesuffix("..."))
    assert len(dates) == 1 or date.format(1).startswith(dates[0][2].removesuffix("..."))


def test_bad_input_is_refused() -> None:
    for score in (299, 851):
        with pytest.raises(ValueError, match="off the scale"):
            gauge(
                score=score, band="E", bands=marks(), low=300, high=850, title="", score_label="", footnote=""
            )
        with pytest.raises(ValueError, match="off the scale"):
            history(points=[("d", 600), ("d", score)], bands=marks(), low=300, high=850, title="")
    with pytest.raises(ValueError, match="lies in band 'B'"):
        gauge(score=700, band="A", bands=marks(), low=300, high=850, title="", score_label="", footnote="")
    with pytest.raises(ValueError, match="no points"):
        history(points=[], bands=marks(), low=300, high=850, title="")


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [BandMark(letter, 300 + 50 * place, "") for place, letter in enumerate("FEDCBA")],
        [BandMark("A", 600, ""), BandMark("B", 400, "")],  # nothing covers 300
        [BandMark("A", 850, ""), BandMark("B", 300, "")],  # A is empty
        [BandMark("A", 300, ""), BandMark("B", 200, "")],  # B is off the scale
        [BandMark("A", 600, ""), BandMark("B", 600, ""), BandMark("C", 300, "")],
        [BandMark("A", 600, ""), BandMark("A", 300, "")],
    ],
)
def test_bands_that_do_not_divide_the_scale_are_refused(bands: list[BandMark]) -> None:
    with pytest.raises(ValueError, match="band"):
        history(points=[("d", 700)], bands=bands, low=300, high=850, title="")


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_fewer_bands_still_run_from_blue_to_red(count: int) -> None:
    bands = [BandMark("ABCDE"[place], 800 - 100 * place, "label") for place in range(count - 1)]
    bands.append(BandMark("ABCDE"[count - 1], 300, "label"))
    shot = pixels(gauge(score=301, band=bands[-1].letter, bands=bands[::-1], low=300, high=850, title="t",
                        score_label="s", footnote="f"))  # fmt: skip
    seen = [
        place
        for place, colour in enumerate(pictures.PALETTE)
        if (where(shot, colour) & ring(206, 284)).sum() > 999
    ]
    assert len(seen) == count
    assert seen[0] == 0
    assert count == 1 or seen[-1] == 4


def test_the_same_values_give_the_same_bytes() -> None:
    assert draw_gauge(655, "zh") == draw_gauge(655, "zh")
    assert draw_history([600, 655]) == draw_history([600, 655])


def test_a_picture_is_quick() -> None:
    """Some 30 ms on one core of 2024; the bound leaves room for a slow runner, not for a second drawing."""

    def best(draw: "object") -> float:
        assert callable(draw)
        times = []
        for _ in range(5):
            start = time.process_time()
            draw()
            times.append(time.process_time() - start)
        return min(times)

    assert best(lambda: draw_gauge(655, "es")) < 0.15
    assert best(lambda: draw_history([*range(560, 620)], "2026年5月{}日")) < 0.15


# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision
# deficiency", severity 1.0; on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour: pictures.Colour) -> np.ndarray:
    share = np.array(colour) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Give CIE L*a*b* (D65) of a linear RGB colour."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.clip(to_xyz @ np.clip(rgb, 0, 1), 1e-4, None) / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", BLINDNESS)
def test_bands_stay_apart_for_the_colour_blind(kind: str) -> None:
    seen = [lab(np.array(BLINDNESS[kind]) @ linear(colour)) for colour in pictures.PALETTE]
    apart = {(a, b): np.linalg.norm(seen[a] - seen[b]) for a in range(5) for b in range(a)}
    assert min(apart.values()) > 20, apart


def test_text_reads_on_every_colour() -> None:
    def contrast(one: pictures.Colour, other: pictures.Colour) -> float:
        bright, dark = sorted(
            (float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True
        )
        return (bright + 0.05) / (dark + 0.05)

    for fill in pictures.PALETTE:
        assert contrast(pictures._ink_on(fill), fill) >= 4.5
    assert contrast(pictures.QUIET, pictures.CARD) >= 4.5
    assert contrast(pictures.INK, pictures.CARD) >= 7


@given(text=st.text(max_size=80), width=st.integers(60, 900), lines=st.integers(1, 3))
def test_a_fitted_text_is_never_wider_than_its_place(text: str, width: int, lines: int) -> None:
    size, fitted = typeset.fit(text, width=width, size=40, least=20, lines=lines)
    assert 20 <= size <= 40
    assert 1 <= len(fitted) <= lines
    assert all(typeset.measure(line, size) <= width for line in fitted)
    assert not any("\n" in line for line in fitted)


def test_breaking_keeps_words_and_chinese_marks_together() -> None:
    english = "a higher score means a lower chance of missing payments"
    size, lines = typeset.fit(english, width=300, size=30, least=22, lines=2)
    assert (len(lines), " ".join(lines)) == (2, english)
    chinese = "分数越高，违约的可能性越低，请按时还款。" * 2
    size, lines = typeset.fit(chinese, width=500, size=30, least=22, lines=2)
    assert (len(lines), "".join(lines)) == (2, chinese)
    assert not any(line.startswith(("，", "。")) for line in lines)
    assert typeset.measure(lines[1], size) > 0.8 * typeset.measure(lines[0], size)


def test_the_typeface_holds_what_it_promises() -> None:
    held = set(TTFont(fonts.path()).getBestCmap())
    ranges = [range(0x20, 0x7F), range(0xA0, 0x180), range(0x0400, 0x0460), range(0x1EA0, 0x1EFA)]
    wanted = {point for block in ranges for point in block}
    wanted |= set(map(ord, common_hanzi() + "年月日，。、；：！？（）《》“”‘’—–…·•€£¥₫₣₱₦₵−×≤≥→\u202f\u2011"))
    assert len(common_hanzi()) == 3755
    assert sorted(map(chr, wanted - held)) == []
    assert fonts.path().stat().st_size <= 1_200_000
    assert "Apache License 2.0" in fonts.path().with_name("LICENCE.md").read_text(encoding="utf-8")


def test_the_tool_makes_the_shipped_typeface(tmp_path: Path) -> None:
    source = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
    if not source.exists():
        pytest.skip("Debian's fonts-wqy-microhei is not installed")
    count = build(source, tmp_path / "again.ttf")
    made, shipped = TTFont(tmp_path / "again.ttf"), TTFont(fonts.path())
    assert made.getBestCmap() == shipped.getBestCmap()
    assert count == len(made.getBestCmap())
    assert made["name"].getDebugName(1) == "Candor Sans"


def test_the_typeface_holds_every_text_a_picture_may_show() -> None:
    catalogues = sorted(Path(__file__).parents[2].glob("locales/*/LC_MESSAGES/bot.po"))
    if not catalogues:
        pytest.skip("no catalogue yet")
    held = set(TTFont(fonts.path()).getBestCmap())
    for catalogue in catalogues:
        with catalogue.open("rb") as file:
            for message in read_po(file):
                key = message.id if isinstance(message.id, str) else message.id[0]
                if key.startswith(("picture.", "band.")):
                    texts = [message.string] if isinstance(message.string, str) else message.string
                    lacking = {letter for text in texts or () for letter in text if letter != "\n"} - set(
                        map(chr, held)
                    )
                    assert not lacking, f"{catalogue.parts[-3]} {key}: {lacking}"
