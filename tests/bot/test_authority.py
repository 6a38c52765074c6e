"""Who may do what: everything that can be done has its row, and there is one door to all of it."""

import argparse
import ast
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli import COMMANDS as FAMILIES
from bot.services import authority, conversation, staffing, uses
from bot.services.authority import TABLE, Action, Role, Scope
from bot.views.menus import COMMANDS
from storage import staff
from storage.people import Person
from tests.chat import Candor
from tests.drills import authority as drill
from tests.drills.house import House

ROOT = Path(__file__).resolve().parents[2]
DESK = ast.parse((ROOT / "bot" / "services" / "desk.py").read_text(encoding="utf-8"))
BEHIND_BUTTONS = {"desk", "case", "ticket", "withdraw", "approve", "refuse", "decide", "refund"}
"""What staff reach from what /desk names, and /desk itself."""


def in_the_code() -> set[str]:
    """Every name under which something can be done in a chat."""
    match = next(
        node
        for node in ast.walk(ast.parse((ROOT / "bot/services/conversation.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Match)
    )
    patterns = [node for case in match.cases for node in ast.walk(case.pattern)]
    names = [p.value for p in patterns if isinstance(p, ast.MatchValue)]
    built = {str(name.value) for name in names if isinstance(name, ast.Constant)}
    return {*uses.USES, *uses.WITH, *uses.LINKS, *uses.DUE, *built, *conversation.FINISH, *conversation.BUILD}


def test_everything_that_can_be_done_has_its_row() -> None:
    assert in_the_code() == {action.value for action in Action}
    assert set(TABLE) == set(Action)
    assert {uses.ALSO.get(name, name) for name in COMMANDS} <= {*uses.USES, *uses.WITH}
    assert set(uses.ALSO.values()) <= {*uses.USES, *uses.WITH}
    assert {*drill.DIALOGS} == in_the_code() & drill.DIALOGS


def test_no_row_gives_more_than_its_role_can_have() -> None:
    for action, row in TABLE.items():
        assert row, f"{action} is nobody's"
        assert row.get(Role.BORROWER, Scope.OWN) is Scope.OWN, action
        for role in (Role.OFFICER, Role.ADMIN):
            assert row.get(role, Scope.NONE) in {Scope.NONE, Scope.OWN, Scope.LENDER}, action


def test_everything_staff_may_do_stands_on_their_desk() -> None:
    entered = {name for name in {*uses.USES, *uses.WITH} if Role.BORROWER not in TABLE[Action(name)]}
    assert entered - BEHIND_BUTTONS == set(staffing.DESK)


def test_everything_at_the_shell_has_its_row_and_no_other_entrance() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for family in FAMILIES:
        family.add(commands)
    assert set(leaves(parser)) == set(authority.COMMAND_LINE)
    assert all(row == {Role.OPERATOR: Scope.SHELL} for row in authority.COMMAND_LINE.values())
    held = [staff.Grant(1, role) for role in Role]
    assert not any(authority._reaches(authority.SHELL, grant, None, 1) for grant in held)


def leaves(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[str]:
    families = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not families:
        yield " ".join(path)
    for family in families:
        for name, below in family.choices.items():
            yield from leaves(below, (*path, name))


def functions() -> dict[str, ast.AsyncFunctionDef | ast.FunctionDef]:
    return {n.name: n for n in ast.walk(DESK) if isinstance(n, ast.AsyncFunctionDef | ast.FunctionDef)}


def calls(node: ast.AST) -> list[ast.Call]:
    return [found for found in ast.walk(node) if isinstance(found, ast.Call)]


def test_the_one_door_asks_before_it_opens() -> None:
    door = functions()["_admit"]
    first = door.body[1]  # after what it says of itself
    assert isinstance(first, ast.Expr)
    assert ast.unparse(first) == "await authorize(a, name)"
    assert [ast.unparse(call) for call in calls(door)].count("use(a, *given)") == 1


def test_no_use_is_reached_but_through_the_door() -> None:
    """Tables of uses are only read to hand one to `_admit`; so are a conversation's events."""
    guarded = {"USES", "WITH", "LINKS", "BUILD", "FINISH"}
    events = {"press", "take"}
    for name, function in functions().items():
        given = {
            id(node)
            for call in calls(function)
            if isinstance(call.func, ast.Name) and call.func.id == "_admit"
            for argument in call.args
            for node in ast.walk(argument)
        }
        asked = {
            id(node)
            for test in ast.walk(function)
            if isinstance(test, ast.Compare)
            for node in ast.walk(test)
        }
        for node in ast.walk(function):
            table = isinstance(node, ast.Name) and node.id in guarded
            happens = (
                isinstance(node, ast.Attribute)
                and node.attr in events
                and ast.unparse(node.value) == "conversation"
            )
            if table or (happens and name != "_answer"):
                assert id(node) in given | asked, f"{name}: {ast.unparse(node)}"
    within = [*calls(functions()["_receive"]), *calls(functions()["_said"])]
    passed = [ast.unparse(c.args[2]) for c in within if ast.unparse(c.func) == "_admit"]
    assert {"_answer", "_idle"} <= set(passed)


def test_nobody_outside_the_desk_calls_a_use() -> None:
    rooms = [*(ROOT / "bot/channels").glob("*.py"), ROOT / "bot/jobs.py", ROOT / "bot/services/turns.py"]
    known = {
        f"{use.__module__.rpartition('.')[2]}.{use.__name__}"  # jobs share a module with uses, but are none
        for use in (*uses.USES.values(), *uses.WITH.values(), *conversation.FINISH.values())
    }
    for path in rooms:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("bot.services"):
                assert "conversation" not in {alias.name for alias in node.names}, path.name
                named = {f"{str(node.module).rpartition('.')[2]}.{alias.name}" for alias in node.names}
                assert not named & known, path.name
            assert not (isinstance(node, ast.Attribute) and ast.unparse(node) in known), path.name


async def test_every_cell_is_as_the_table_says_and_no_replay_gets_through(tmp_path: Path) -> None:
    async with Candor(tmp_path, callback_lifetime=36_000) as candor:
        house, report = House(candor), drill.Report()
        await house.furnish()
        rng = random.Random(1)  # noqa: S311 - to be repeatable
        chosen = rng.sample(list(Action), 12)  # the drill takes them all
        await drill.matrix(house, report, [*chosen, Action.LOOK, Action.WITHDRAW, Action.INVITE])
        await drill.replays(house, report, 200, rng)
    assert report.wrong == []
    assert report.cells >= 10 * 15 * 12
    assert report.replays >= 200


async def test_a_borrower_costs_no_look_at_the_roles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    grants = staff.grants

    async def counted(connection: AsyncConnection, person: Person) -> list[staff.Grant]:
        nonlocal looked
        looked += 1
        return await grants(connection, person)

    monkeypatch.setattr(staff, "grants", counted)
    async with Candor(tmp_path) as candor:
        maria = await candor.person().enrols("us")
        for words in ("8000", "/help", "/faq", "/settings"):
            await maria.says(words)
        assert looked == 0
        for name in ("staff", "nosuch"):
            looked = 0
            await maria.says(f"/{name}")
            assert looked == 1, "what is not there takes as long as what is denied"
