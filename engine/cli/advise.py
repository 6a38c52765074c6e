"""`whatif` and `plan`: what would follow if a person changed something, and the least change that reaches a score."""

import datetime as dt
import json
from argparse import ArgumentParser, Namespace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

from engine.advice import goal, leeway, promise
from engine.advice.advise import WhatIf, what_if, what_if_record
from engine.advice.goal import Plan
from engine.advice.leeway import Leeway
from engine.answers import record
from engine.cli import inputs, result, write
from engine.cli.command import Answer, Command, Part, UsageError
from engine.cli.inputs import Asked
from engine.report.document import Grid, Items
from engine.report.wording import share
from engine.result import Result

_DAYS = 90  # how long a plan is promised for unless said
_WHY = {
    "reached": "the score is there",
    "open": "what is left of the plan leads there",
    "expired": "its time is over",
    "model": "another model decides now",
    "pack": "another country pack decides now",
    "record": "something else is worse than it was",
}


def _whatif_options(parser: ArgumentParser) -> None:
    inputs.record_options(parser)
    parser.add_argument("--change", metavar="COL=VALUE", action="append", default=[], help="may be repeated")
    parser.add_argument("--months", metavar="N", type=int, default=0, help="and so many months later")


def _whatif(chosen: Namespace) -> Answer:
    asked = inputs.asked(chosen)
    changes = dict(map(_changed, chosen.change))
    if not changes and not chosen.months:
        raise UsageError(
            "nothing is changed; accepted: --change COL=VALUE, for example --change loan_amount=3000"
        )
    found = _tried(asked, changes, chosen.months)
    lines = _moves(found.before, found.after)
    parts: list[Part] = [
        Items((("before", _scored(found.before)), ("after", _scored(found.after)), *_margin(found))),
        Grid("What moves, in points:", ("factor", "before", "after", "change"), lines),
    ]
    data = {
        "before": result.data(found.before),
        "after": result.data(found.after),
        "margin": _named(found.margin),
    }
    return Answer(data, parts)


def _tried(asked: Asked, changes: dict[str, Any], months: int) -> WhatIf:
    if asked.answers is not None and asked.pack is not None:
        return what_if(asked.model, asked.answers, changes, asked.pack, months_later=months)
    if months:
        raise UsageError(
            "how time changes a lender's own columns is not known; leave --months out, and change them"
        )
    known = inputs.columns(asked.model)
    for name in changes:
        if name not in known:
            raise UsageError(f"the model does not read `{name}`; accepted: {', '.join(known)}")
    plain = {name: float(value) if isinstance(value, Decimal) else value for name, value in changes.items()}
    return what_if_record(asked.model, asked.record, plain, asked.pack)


def _changed(text: str) -> tuple[str, Any]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise UsageError(f"--change {text}: accepted: COL=VALUE, for example --change loan_amount=3000")
    try:
        return name, json.loads(value, parse_float=Decimal, parse_constant=str)
    except ValueError:
        return name, value


def _moves(before: Result, after: Result) -> tuple[tuple[str, ...], ...]:
    was, now = ({one.factor: one.points for one in found.points} for found in (before, after))
    names = [name for name in {**was, **now} if was.get(name, 0) != now.get(name, 0)]
    lines = [
        (
            name,
            f"{was.get(name, 0):+d}",
            f"{now.get(name, 0):+d}",
            f"{now.get(name, 0) - was.get(name, 0):+d}",
        )
        for name in names
    ]
    return (*lines, ("score", str(before.score), str(after.score), f"{after.score - before.score:+d}"))


def _scored(found: Result) -> str:
    return f"{found.score}, band {found.band}, chance of default {share(found.pd)}"


def _margin(found: WhatIf) -> list[tuple[str, str]]:
    if found.margin is None:
        return [("margin", "not measured: the model was never held against loans it had not seen")]
    return [
        (
            "margin",
            f"{found.margin.low} to {found.margin.high}, if the model's PDs are off as they were on average",
        )
    ]


def _named(margin: Any) -> dict[str, Any] | None:
    return None if margin is None else margin._asdict()


def _plan_options(parser: ArgumentParser) -> None:
    inputs.record_options(parser)
    add = parser.add_argument
    add("--target", metavar="SCORE|BAND", help="what to reach: a score, or the floor of a band")
    change = (
        "of a model of your own: COL:down[:LEAST[:MOST]], COL:up..., COL:either..., or COL:to:LABEL|LABEL"
    )
    add("--change", metavar="COL:WAY", action="append", default=[], help=f"{change}; may be repeated")
    add("--months", metavar="N", type=int, default=12, help="how long a person can wait (default: 12)")
    add("--money", metavar="SUM", help="the most they can pay off their debts (default: no limit)")
    add("--save", metavar="FILE", type=Path, help="write the plan down as a promise")
    add("--days", metavar="N", type=int, default=_DAYS, help=f"how long it is to hold (default: {_DAYS})")
    add("--check", metavar="FILE", type=Path, help="tell whether a plan that was written down still holds")


def _plan(chosen: Namespace) -> Answer:
    asked = inputs.asked(chosen)
    now = dt.datetime.now(dt.UTC)
    if chosen.check:
        return _check(chosen.check, asked, now)
    target = _target(chosen.target, asked)
    found = _found(asked, target, chosen)
    data = {**found._asdict(), "before": result.data(found.before), "after": result.data(found.after)}
    data["steps"] = [step._asdict() for step in found.steps]
    parts = _parts(found)
    if chosen.save:
        write.file_free(chosen.save)
        start, planned = _records(asked, found)
        promise.save(
            promise.promise(
                found, start, planned, made_at=now, valid_until=now + dt.timedelta(days=chosen.days)
            ),
            chosen.save,
        )
        data["file"] = str(chosen.save)
        parts.append(Items((("written", f"{chosen.save}; it holds for {chosen.days} days"),)))
    return Answer(data, parts)


def _found(asked: Asked, target: int, chosen: Namespace) -> Plan:
    if asked.answers is not None and asked.pack is not None:
        if chosen.change:
            raise UsageError("answers have their own levers, each its own way; leave --change out")
        return goal.plan(
            asked.model,
            asked.answers,
            asked.pack,
            target,
            max_months=chosen.months,
            budget=_money(chosen.money),
        )
    if chosen.money is not None:
        raise UsageError(
            "what a lender's own columns cost is not known; bound them instead: --change COL:down:LEAST"
        )
    if not chosen.change:
        some = ", ".join(inputs.columns(asked.model)[:12])
        raise UsageError(f"which columns can the person change? --change COL:down, COL being one of {some}")
    ways = dict(map(_way, chosen.change))
    return leeway.plan_record(asked.model, asked.record, target, change=ways, pack=asked.pack)


def _records(asked: Asked, found: Plan) -> tuple[Any, Any]:
    if asked.answers is None or asked.pack is None:
        return asked.record, {**asked.record, **found.changes}
    planned = record({**asked.answers, **found.changes}, asked.pack, months_later=found.months)
    return asked.record, planned


def _target(text: str | None, asked: Asked) -> int:
    bands = {band.name: band.floor for band in asked.model.bands}
    if text is None:
        raise UsageError(f"what is to be reached? --target SCORE, or a band: {', '.join(bands)}")
    if text.upper() in bands:
        return max(bands[text.upper()], asked.model.scale.low)
    try:
        return int(text)
    except ValueError:
        scale = asked.model.scale
        raise UsageError(
            f"--target {text}: accepted: a score from {scale.low} to {scale.high}, or a band: {', '.join(bands)}"
        ) from None


def _money(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or found < 0:
        raise UsageError(f"--money {text}: accepted: a sum of 0 or more, for example --money 2500")
    return found


def _way(text: str) -> tuple[str, Leeway]:
    name, *rest = text.split(":")
    way, *bounds = rest or [""]
    if name and way == "to" and len(bounds) == 1:
        return name, Leeway("either", choices=tuple(bounds[0].split("|")))
    try:
        low, high = (float(bound) if bound else None for bound in (*bounds, "", "")[:2])
    except ValueError:
        way = ""
    if not name or way not in ("down", "up", "either") or len(bounds) > 2:
        ways = "accepted: COL:down, COL:up or COL:either, with :LEAST:MOST behind it; or COL:to:LABEL|LABEL"
        raise UsageError(f"--change {text}: {ways}")
    return name, Leeway(way, low, high)  # type: ignore[arg-type]  # looked at above


def _parts(found: Plan) -> list[Part]:
    sure = {
        "exact": "exact: every plan was weighed",
        "bounded": "bounded: a plan of less effort may exist, and so may one that reaches further",
    }
    items = [
        ("now", _scored(found.before)),
        ("then", _scored(found.after)),
        ("target", f"{found.target}: {'reached' if found.reachable else 'NOT within reach'}"),
        ("months", str(found.months)),
        ("guarantee", f"{sure[found.guarantee]} ({found.searched:,} looked at)"),
    ]
    if found.cash:
        items.insert(4, ("to pay off", f"{found.cash:,}"))
    if found.assumes:
        items.append(("if the person", ", ".join(text.replace("_", " ") for text in found.assumes)))
    parts: list[Part] = [Items(tuple(items))]
    if found.steps:
        lines = tuple((step.question, _value(step.before), _value(step.after)) for step in found.steps)
        parts.append(Grid("What to change:", ("", "from", "to"), lines))
    return parts


def _value(given: Any) -> str:
    if isinstance(given, Decimal | int) and not isinstance(given, bool):
        return f"{given:,}"
    return result.value("" if given is None else given)


def _check(path: Path, asked: Asked, now: dt.datetime) -> Answer:
    promised = promise.load(path)
    found = promise.check(promised, asked.model, asked.record, now, asked.pack)
    items = (
        ("holds", f"{'yes' if found.holds else 'NO'}: {_WHY[found.why]}"),
        ("target", str(promised.target)),
        ("score now", str(found.score_now)),
        ("with the rest done", str(found.score_then)),
        ("the plan, as scored now", str(found.score_plan)),
        ("until", promised.valid_until.date().isoformat()),
    )
    lines = tuple(
        (one.name, _plain(one.start), _plain(one.planned), _plain(one.now)) for one in found.changed
    )
    parts: list[Part] = [Items(items)]
    if lines:
        parts.append(Grid("What is not as planned:", ("", "at the start", "planned", "now"), lines))
    data = {**found._asdict(), "changed": [one._asdict() for one in found.changed]}
    return Answer({**data, "promise": msgspec.to_builtins(promised)}, parts)


def _plain(value: float | str | None) -> str:
    return "not known" if value is None else result.value(value)


COMMANDS = {
    "whatif": Command(
        "Score one person as they are and as they would be. Only what a person can change may be changed.",
        (
            """python -m engine whatif '{"monthly_income": 6000, "loan_amount": 30000}' --change loan_amount=9000""",
            "python -m engine whatif applicant.json --change debt=500 --model loans-model/model.json",
        ),
        _whatif_options,
        _whatif,
    ),
    "plan": Command(
        "Find the plan of least effort that reaches a score or a band, or the proof that none does; write it down as a "
        "promise, and tell later whether it still holds.",
        (
            """python -m engine plan '{"monthly_income": 6000, "card_utilisation": 90}' --target C""",
            "python -m engine plan applicant.json --target 560 --change debt:down --model loans-model/model.json",
        ),
        _plan_options,
        _plan,
    ),
}
