import io

import pytest

from engine.cli.progress import progress
from engine.cli.show import clean, plain, show
from engine.report.document import Grid, Items, Section, Text

GRID = Grid("Said:", ("name", "points"), (("浙江", "+1"), ("a\nb", "-10")))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_are_aligned_wide_letters_counted_twice() -> None:
    assert plain([GRID]) == "Said:\nname  points\n浙江      +1\na b      -10\n"


def test_a_section_is_indented_and_parts_stand_apart() -> None:
    section = Section("key", "Title", (Text("one"), Items((("lead", "text"), ("x", "y")))))
    assert plain([section, Text("end")]) == "Title\n  one\n\n  lead  text\n  x     y\n\nend\n"


def test_a_terminal_gets_tables_and_no_markup_of_strangers() -> None:
    stream = Terminal()
    show([Section("key", "Title", (GRID,)), Items((("[red]lead", "text[/]"),)), Text("\x1b[31mred")], stream)
    said = stream.getvalue()
    assert "浙江" in said
    assert "[red]lead" in said
    assert "\x1b[31m" not in said


def test_what_would_steer_a_terminal_is_taken_out() -> None:
    assert clean("a\x1b]0;x\x07\u202eb\nc") == "a·]0;x··b\nc"


def test_progress_is_silent_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress(quiet=False) as told:
        told("working", 0.5)
    assert capsys.readouterr() == ("", "")
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with progress(quiet=False) as told:
        told("[b]working", 0.5)
    assert stream.getvalue()
    with progress(quiet=True) as told:
        told("working", 0.5)
