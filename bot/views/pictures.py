"""The two pictures a person gets: a gauge of where the score stands, and a line of where it has been.

Pure functions from values to PNG bytes. Every text comes from the caller, in the person's language; this file
knows shapes and colours. The pictures are opaque, as Telegram turns a photo into a JPEG, which has no
transparent corners; the light card on a grey-blue mat sits well in dark and light chats alike.
"""

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

from bot.views.fonts import typeset

Colour = tuple[int, int, int]
Point = tuple[float, float]
Align = Literal["left", "middle", "right"]
Edges = tuple[float, float, float, float]  # left, top, right, bottom

WIDTH, HEIGHT = 960, 600
SCALE = 3  # drawn this many times larger, then averaged down: smooth edges

MAT: Colour = (224, 231, 238)
CARD: Colour = (252, 253, 254)
INK: Colour = (24, 36, 51)
QUIET: Colour = (84, 99, 117)

# From safest to riskiest. Blue to red through a light middle: the order survives every kind of colour
# blindness, because neighbours differ in lightness as well as in hue (a test simulates the three kinds).
PALETTE: tuple[Colour, ...] = (
    (30, 94, 158),
    (104, 181, 222),
    (250, 222, 126),
    (230, 121, 48),
    (178, 42, 46),
)


@dataclass(frozen=True, slots=True)
class BandMark:
    """A band of the scale: its letter, its lowest score and its label in the person's language."""

    letter: str
    low: int
    label: str


@dataclass(frozen=True, slots=True)
class _Zone:
    """A band as drawn: from `start` up to `stop`, in its colours."""

    mark: BandMark
    start: int
    stop: int
    fill: Colour
    ink: Colour


def gauge(
    *,
    score: int,
    band: str,
    bands: Sequence[BandMark],
    low: int,
    high: int,
    title: str,
    score_label: str,
    footnote: str,
) -> bytes:
    """Draw the result card: an arc of bands from riskiest to safest, a pointer, the score and its band.

    Scores and bounds are points of the scale, `low` and `high` included. Gives a PNG of 960 by 600 pixels.
    Raises ValueError when the score is off the scale, when the bands do not divide it, or when `band` is not
    where the score lies, because the picture would contradict itself.
    """
    zones = _zones(bands, low, high)
    here = _zone_of(score, zones, low, high)
    if here.mark.letter != band:
        raise ValueError(f"score {score} lies in band {here.mark.letter!r}, not {band!r}")
    sheet = _Sheet()
    sheet.fit(title, (WIDTH / 2, 54), width=840, size=38, least=26, bold=True)
    _Arc(low, high).draw(sheet, zones, here, score)
    sheet.text(str(score), (WIDTH / 2, 324), 128, INK, bold=True)
    sheet.fit(score_label, (WIDTH / 2, 402), width=300, size=30, least=20, fill=QUIET)
    _verdict(sheet, here, 484)
    sheet.fit(footnote, (WIDTH / 2, 551), width=864, size=26, least=22, fill=QUIET, lines=2)
    return sheet.png()


def history(
    *, points: Sequence[tuple[str, int]], bands: Sequence[BandMark], low: int, high: int, title: str
) -> bytes:
    """Draw the scores over time, oldest first, each with its date as text, over the bands they fell in.

    The dates are placed at equal distances, and thinned out where they would touch. The scale shows the
    scores and the band boundaries next to them. Gives a PNG of 960 by 600 pixels. Raises ValueError when
    there are no points, when one is off the scale, or when the bands do not divide it.
    """
    zones = _zones(bands, low, high)
    if not points:
        raise ValueError("no points to draw")
    labels, values = [label for label, _ in points], [value for _, value in points]
    last = [_zone_of(value, zones, low, high) for value in values][-1]

    sheet = _Sheet()
    sheet.fit(title, (WIDTH / 2, 62), width=840, size=38, least=26, bold=True)
    plot = _Plot(*_window(values, zones, low, high))
    plot.ground(sheet, zones)
    plate = typeset.measure(str(values[-1]), 46, bold=True) + 36
    if len(points) == 1:
        across = [(plot.left + plot.right) / 2]
    else:
        step = (plot.right - plot.left - plate - 100) / (len(points) - 1)
        across = [plot.left + 50 + index * step for index in range(len(points))]
    path = [(x, plot.height(value)) for x, value in zip(across, values, strict=True)]
    _dates(sheet, labels, across, plot.bottom + 36)
    sheet.line(path, INK, 5)
    for place in path[:-1] if len(path) <= 31 else ():
        sheet.dot(place, 8, INK)
        sheet.dot(place, 4, CARD)
    for radius, colour in ((17, CARD), (14, INK), (9, last.fill)):
        sheet.dot(path[-1], radius, colour)
    x, y = path[-1][0] + 30, min(max(path[-1][1], plot.top + 38), plot.bottom - 38)
    sheet.box((x - 3, y - 35, x + plate + 3, y + 35), CARD, radius=19)
    sheet.box((x, y - 32, x + plate, y + 32), INK, radius=16)
    sheet.text(str(values[-1]), (x + plate / 2, y), 46, CARD, bold=True)
    return sheet.png()


def _zones(bands: Sequence[BandMark], low: int, high: int) -> list[_Zone]:
    """Give the bands safest first, each with its stretch of the scale and its place in the palette."""
    marks = sorted(bands, key=lambda mark: -mark.low)
    if not 1 <= len(marks) <= len(PALETTE):
        raise ValueError(f"{len(marks)} bands; a picture shows 1 to {len(PALETTE)}")
    if len({mark.low for mark in marks}) < len(marks) or len({mark.letter for mark in marks}) < len(marks):
        raise ValueError("two bands share a letter or a boundary")
    if marks[-1].low > low or marks[0].low >= high or any(mark.low <= low for mark in marks[:-1]):
        raise ValueError(f"the bands do not divide the scale {low} to {high}")
    spread = (len(PALETTE) - 1) / max(1, len(marks) - 1)
    fills = [PALETTE[round(place * spread)] for place in range(len(marks))]
    stops = [high, *(mark.low for mark in marks[:-1])]
    return [
        _Zone(mark, max(low, mark.low), stop, fill, _ink_on(fill))
        for mark, stop, fill in zip(marks, stops, fills, strict=True)
    ]


def _zone_of(score: int, zones: Sequence[_Zone], low: int, high: int) -> _Zone:
    if not low <= score <= high:
        raise ValueError(f"score {score} is off the scale {low} to {high}")
    return next(zone for zone in zones if score >= zone.start)


def _window(values: Sequence[int], zones: Sequence[_Zone], low: int, high: int) -> tuple[float, float]:
    """Give the stretch of the scale to show: the values, the boundaries around them, room for a letter."""
    edges = [high, *(zone.start for zone in zones)]
    floor = max(edge for edge in edges if edge <= min(values))
    ceiling = min(edge for edge in edges if edge >= max(values))
    if floor == ceiling:  # every score lies on one boundary: show both its sides
        floor = max((edge for edge in edges if edge < floor), default=floor)
        ceiling = min((edge for edge in edges if edge > ceiling), default=ceiling)
    room = (ceiling - floor) * 0.16
    return max(low, floor - room), min(high, ceiling + room)


class _Arc:
    """The half-circle of the gauge: the lowest score at the left end, the highest at the right."""

    centre: Point = (WIDTH / 2, 416.0)
    inner, outer, grown = 206.0, 284.0, 14.0

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def turn(self, value: float) -> float:
        """Give the angle of a score, in radians counted from the right end."""
        return math.pi * (1 - (value - self.low) / (self.high - self.low))

    def at(self, radius: float, turn: float) -> Point:
        return self.centre[0] + radius * math.cos(turn), self.centre[1] - radius * math.sin(turn)

    def draw(self, sheet: "_Sheet", zones: Sequence[_Zone], here: _Zone, score: int) -> None:
        for zone in zones:
            rim = self.outer + (self.grown if zone is here else 0)
            path = [self.turn(zone.start + (zone.stop - zone.start) * step / 90) for step in range(91)]
            outside = [self.at(rim, turn) for turn in path]
            sheet.shape([*outside, *(self.at(self.inner, turn) for turn in reversed(path))], zone.fill)
        for zone in zones[:-1]:
            edge = self.turn(zone.start)
            sheet.line([self.at(self.inner - 2, edge), self.at(self.outer + self.grown + 4, edge)], CARD, 5)
        for zone in zones:
            self._letter(sheet, zone, active=zone is here)
        self._numbers(sheet, [zone.start for zone in zones[:-1]])
        self._pointer(sheet, self.turn(score))

    def _letter(self, sheet: "_Sheet", zone: _Zone, *, active: bool) -> None:
        if (self.turn(zone.start) - self.turn(zone.stop)) * self.inner >= 30:
            middle = (self.inner + self.outer) / 2 + (12 if active else 0)
            at = self.at(middle, self.turn((zone.start + zone.stop) / 2))
            sheet.text(zone.mark.letter, at, 48 if active else 34, zone.ink, bold=True)

    def _numbers(self, sheet: "_Sheet", edges: Iterable[int]) -> None:
        """Write the two ends, and the boundaries around the arc except one that would touch its neighbour."""
        taken = [self.turn(self.low), self.turn(self.high)]
        for turn, edge in ((self.turn(edge), edge) for edge in edges):
            if all(abs(turn - other) * self.outer > 48 for other in taken):
                taken.append(turn)
                sheet.text(str(edge), self.at(self.outer + 36 + 10 * abs(math.cos(turn)), turn), 27, QUIET)
        for end in (self.low, self.high):
            x, y = self.at((self.inner + self.outer) / 2, self.turn(end))
            sheet.text(str(end), (x, y + 22), 27, QUIET)

    def _pointer(self, sheet: "_Sheet", turn: float) -> None:
        """Draw the person's place: a dark head inside the arc, its rimmed tip reaching into the band."""
        for rim, colour in ((5.0, CARD), (0.0, INK)):
            tip, base, half = self.inner + 20 + 1.6 * rim, self.inner - 24 - rim, 17 + 1.3 * rim
            x, y = self.at(base, turn)
            dx, dy = half * math.sin(turn), half * math.cos(turn)
            sheet.shape([self.at(tip, turn), (x - dx, y - dy), (x + dx, y + dy)], colour)


class _Plot:
    """The frame of the line chart, and where on it a score lies."""

    left, right, top, bottom = 112.0, 866.0, 116.0, 498.0

    def __init__(self, floor: float, ceiling: float) -> None:
        self.floor, self.ceiling = floor, ceiling

    def height(self, value: float) -> float:
        return self.bottom - (value - self.floor) / (self.ceiling - self.floor) * (self.bottom - self.top)

    def ground(self, sheet: "_Sheet", zones: Sequence[_Zone]) -> None:
        """Tint the bands in view, with their letters at the right and their boundaries at the left."""
        for zone in zones:
            upper, lower = self.height(min(zone.stop, self.ceiling)), self.height(max(zone.start, self.floor))
            if upper < lower:
                sheet.box((self.left, upper, self.right, lower), _mix(zone.fill, CARD, 0.22))
            if lower - upper >= 34:
                sheet.chip(zone, (self.right + 29, (upper + lower) / 2), 34)
        written: list[float] = []
        for value in [zones[-1].start, zones[0].stop, *(zone.start for zone in zones[:-1])]:
            y = self.height(value)
            if self.floor <= value <= self.ceiling:
                sheet.line([(self.left, y), (self.right, y)], _mix(QUIET, CARD, 0.45), 1.5)
                if all(abs(y - other) >= 30 for other in written):
                    written.append(y)
                    sheet.text(str(value), (self.left - 14, y), 27, QUIET, align="right")


def _verdict(sheet: "_Sheet", zone: _Zone, y: float) -> None:
    """Draw the band's letter on its colour with its label beside, the pair centred."""
    side, gap = 60.0, 18.0
    size, lines = typeset.fit(zone.mark.label, width=740, size=44, least=24, lines=2, bold=True)
    wide = max(typeset.measure(line, size, bold=True) for line in lines)
    x = (WIDTH - side - gap - wide) / 2
    sheet.chip(zone, (x + side / 2, y), side)
    sheet.lines(lines, (x + side + gap, y), size, INK, bold=True, align="left")


def _dates(sheet: "_Sheet", labels: Sequence[str], places: Sequence[float], y: float) -> None:
    """Write as many dates as fit under the chart, at even steps back from the last, the first in any case."""
    size = 26
    short = [typeset.cut(label, 320, size) for label in labels]
    widths = [typeset.measure(label, size) for label in short]
    step = (places[-1] - places[0]) / max(1, len(places) - 1)
    stride = max(1, math.ceil((max(widths) + 40) / step)) if step else 1
    chosen = list(range(len(labels) - 1, -1, -stride))
    if len(chosen) > 1:
        chosen[-1] = 0
    for index in chosen:
        half = widths[index] / 2
        x = min(max(places[index], 40 + half), WIDTH - 40 - half)
        sheet.line([(places[index], y - 36), (places[index], y - 26)], QUIET, 2)
        sheet.text(short[index], (x, y), size, QUIET)


def _mix(colour: Colour, ground: Colour, share: float) -> Colour:
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(colour, ground, strict=True))
    return red, green, blue


def _ink_on(fill: Colour) -> Colour:
    """Give the text colour that reads on a fill, by its brightness (ITU-R BT.601 luma)."""
    return INK if 0.299 * fill[0] + 0.587 * fill[1] + 0.114 * fill[2] > 128 else CARD


class _Sheet:
    """A card to draw on, in picture pixels; it is SCALE times larger inside."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), MAT)
        self.pen = ImageDraw.Draw(self.image)
        self.box((12, 12, WIDTH - 12, HEIGHT - 12), CARD, radius=30)

    def box(self, edges: Edges, fill: Colour, *, radius: float = 0) -> None:
        left, top, right, bottom = (round(edge * SCALE) for edge in edges)
        self.pen.rounded_rectangle((left, top, right - 1, bottom - 1), radius * SCALE, fill=fill)

    def shape(self, corners: Iterable[Point], fill: Colour) -> None:
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in corners], fill=fill)

    def line(self, path: Iterable[Point], fill: Colour, width: float) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in path]
        self.pen.line(scaled, fill=fill, width=round(width * SCALE), joint="curve")

    def dot(self, at: Point, radius: float, fill: Colour) -> None:
        self.pen.circle((at[0] * SCALE, at[1] * SCALE), radius * SCALE, fill=fill)

    def chip(self, zone: _Zone, at: Point, side: float) -> None:
        """Draw a band's letter on a small plate of its colour."""
        half = side / 2
        self.box((at[0] - half, at[1] - half, at[0] + half, at[1] + half), zone.fill, radius=side / 4)
        self.text(zone.mark.letter, at, round(side * 0.7), zone.ink, bold=True)

    def text(
        self, text: str, at: Point, size: int, fill: Colour, *, bold: bool = False, align: Align = "middle"
    ) -> None:
        """Write one line; its capitals and digits are centred in height."""
        font, weight = typeset.font(size * SCALE), typeset.weight(size * SCALE, bold=bold)
        before = {
            "left": -weight,
            "middle": 0.5 * font.getlength(text),
            "right": weight + font.getlength(text),
        }
        place = (at[0] * SCALE - before[align], (at[1] + 0.357 * size) * SCALE)
        self.pen.text(place, text, fill=fill, font=font, anchor="ls", stroke_width=weight)

    def lines(
        self,
        lines: Sequence[str],
        at: Point,
        size: int,
        fill: Colour,
        *,
        bold: bool,
        align: Align = "middle",
    ) -> None:
        """Write lines below each other, the whole centred in height on `at`."""
        for index, line in enumerate(lines):
            y = at[1] + (index - (len(lines) - 1) / 2) * size * 1.24
            self.text(line, (at[0], y), size, fill, bold=bold, align=align)

    def fit(
        self,
        text: str,
        at: Point,
        *,
        width: float,
        size: int,
        least: int,
        fill: Colour = INK,
        bold: bool = False,
        lines: int = 1,
    ) -> None:
        """Write a text centred, smaller or on more lines when it is long."""
        chosen, broken = typeset.fit(text, width=width, size=size, least=least, lines=lines, bold=bold)
        self.lines(broken, at, chosen, fill, bold=bold)

    def png(self) -> bytes:
        """Give the finished picture; 256 colours are plenty for it, and a third of the bytes."""
        picture = self.image.reduce(SCALE).quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        out = io.BytesIO()
        picture.save(out, "PNG")
        return out.getvalue()
