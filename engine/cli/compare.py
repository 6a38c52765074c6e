"""`compare`: champion and challenger on the same rows, and the change of places when every gate is open."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import msgspec

import engine
from engine.api import duel
from engine.api.duel import Duel
from engine.cli import inputs, write
from engine.cli.command import Answer, Command, Part, UsageError
from engine.cli.fairness import gate, sign_options, signed
from engine.cli.figures import cell, outcome_options, seed_option
from engine.monitor.compare import Comparison
from engine.monitor.contest import Contest
from engine.report.document import Grid, Items
from engine.report.wording import plain, share


def _options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("champion", type=Path, metavar="CHAMPION", help="the model file that decides today")
    add("challenger", type=Path, metavar="CHALLENGER", help="the model file that may take over")
    add("table", type=Path, metavar="TABLE", help="rows both of them score")
    outcome_options(parser, required=False)
    inputs.country_option(parser)
    add("--group", metavar="COL", action="append", default=[], help="a column of groups to be treated alike")
    add("--cutoff", type=float, metavar="SCORE", help="the score from which is approved")
    add(
        "--promote",
        action="store_true",
        help="put the challenger's file in the champion's place, if it may take over",
    )
    sign_options(parser)
    seed_option(parser)


def _run(chosen: Namespace) -> Answer:
    champion, challenger = engine.load(chosen.champion), engine.load(chosen.challenger)
    found = duel.compare(
        champion,
        challenger,
        chosen.table,
        chosen.target,
        chosen.group,
        cutoff=chosen.cutoff,
        bad=chosen.bad,
        good=chosen.good,
        pack=inputs.pack_of(chosen),
        signed=signed(chosen),
        seed=chosen.seed,
    )
    data = {**msgspec.to_builtins(found), "allowed": found.allowed, "promoted": False}
    parts = _parts(found)
    if not chosen.promote:
        return Answer(data, parts)
    if not found.allowed:
        closed = ", ".join(one.name for one in found.promotion.gates if not one.open)
        text = f"not promoted: closed gates: {closed}; a signed reason opens them: --sign TEXT --by NAME"
        return Answer({**data, "refused": text}, [*parts, Items((("promotion", text),))], code=2)
    kept = _promote(chosen.champion, challenger, champion.hash, data)
    said = f"{challenger.id} has taken the place of {champion.id} in {chosen.champion}; the former is kept as {kept}"
    return Answer({**data, "promoted": True, "kept": str(kept)}, [*parts, Items((("promotion", said),))])


def _promote(place: Path, challenger: inputs.Model, before: str, data: dict[str, Any]) -> Path:
    """Keep the champion and the reasons beside it, then change the places in one step."""
    if place.is_symlink():
        raise UsageError(f"{place}: this is a link; name the file it points to")
    kept = place.with_name(f"{place.stem}.{before[:12]}{place.suffix}")
    former = place.read_bytes()
    write.file(kept, write.data(former))
    record = msgspec.json.format(msgspec.json.encode(data, enc_hook=str), indent=1)
    log = place.with_name(f"{place.stem}.{challenger.hash[:12]}.promotion.json")
    write.file(log, write.data(record))
    write.file(place, lambda path: engine.save(challenger, path))
    return kept


def _parts(found: Duel) -> list[Part]:
    of = found.comparison
    items = [
        ("champion", f"{of.champion} {found.champion_hash[:12]}"),
        ("challenger", f"{of.challenger} {found.challenger_hash[:12]}"),
        ("rows", f"{of.rows:,}; {share(of.same_band)} keep their band"),
        ("scores", f"{of.score.mean:+.1f} points on average, {of.score.mean_size:.1f} either way"),
        *map(gate, found.promotion.gates),
        ("may take over", _verdict(found)),
    ]
    parts: list[Part] = [Items(tuple(items))]
    if of.contest:
        parts.append(_contest(of.contest))
    return [*parts, _migration(of), _swaps(of)]


def _verdict(found: Duel) -> str:
    if found.promotion.allowed:
        return "yes: every gate is open"
    if found.justification:
        return f"yes: signed by {found.justification.signed_by}: {found.justification.text}"
    return "no: " + ", ".join(one.name for one in found.promotion.gates if not one.open)


def _contest(found: Contest) -> Grid:
    auc = found.auc
    lines = [("AUC", plain(auc.first.value), plain(auc.second.value), cell(auc.difference))]
    for name, pair in (("KS", found.ks), ("Brier", found.brier), ("log loss", found.log_loss)):
        lines.append((name, plain(pair.champion), plain(pair.challenger), cell(pair.difference)))
    said = f"Where outcomes are known ({found.rows:,} loans, {found.bads:,} bad): {found.verdict}"
    return Grid(said, ("figure", "champion", "challenger", "difference"), tuple(lines))


def _migration(of: Comparison) -> Grid:
    lines = tuple(
        (name, *(f"{many:,}" for many in row)) for name, row in zip(of.bands, of.migration, strict=True)
    )
    return Grid("From the champion's band (down) to the challenger's (across):", ("band", *of.bands), lines)


def _swaps(of: Comparison) -> Grid:
    names = {
        (True, True): "both approve",
        (False, True): "the challenger alone",
        (True, False): "the champion alone",
        (False, False): "neither",
    }
    lines = tuple(
        (
            names[swap.champion_approves, swap.challenger_approves],
            f"{swap.rows:,}",
            share(swap.champion_pd) if swap.rows else "",
            share(swap.challenger_pd) if swap.rows else "",
            cell(swap.bad_rate) if swap.bad_rate else "",
        )
        for swap in of.swaps
    )
    said = f"Who would be approved at a score of {of.cutoff:g} and up:"
    return Grid(said, ("", "rows", "champion's PD", "challenger's PD", "bad rate"), lines)


COMMANDS = {
    "compare": Command(
        "Score one table by two models, list the differences, and say whether the challenger may take over. --promote "
        "does so, in one step, when every gate is open or a signed reason is given.",
        (
            "python -m engine compare loans-model/model.json other-model/model.json newer.csv --target defaulted",
            "python -m engine compare loans-model/model.json other-model/model.json newer.csv --group sex --json",
        ),
        _options,
        _run,
    )
}
