"""Settings under which a test may press as fast as it can: nothing is counted that anybody could reach."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.settings import ROOT

LIMITS = (
    "updates",
    "scores_a_day",
    "signups_a_day",
    "exports_a_day",
    "uploads_a_day",
    "tickets_a_day",
    "reports_a_day",
    "requests_a_minute",
    "free",
)
PACE = ("per_second", "per_chat_per_second", "per_group_per_minute")


def config(folder: Path, *, limited: bool = False, changed: Mapping[str, int] = MappingProxyType({})) -> str:
    """Write a configuration without pace, and without limits worth the name; gives its path, for CANDOR_CONFIG.

    `changed` has numbers of one's own, by names that stand once in the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    most = dict.fromkeys(PACE if limited else PACE + LIMITS, 1_000_000_000)
    for name, number in {**most, **changed}.items():
        text, found = re.subn(rf"^{name} = \d+", f"{name} = {number}", text, flags=re.MULTILINE)
        assert found == 1, name
    path = folder / "unhurried.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)
