"""Settings under which a test may press as fast as it can: nothing is counted that anybody could reach."""

import re
from pathlib import Path

from bot.settings import ROOT

LIMITS = ("updates", "scores_a_day", "signups_a_day", "exports_a_day", "uploads_a_day", "requests_a_minute")
PACE = ("per_second", "per_chat_per_second", "per_group_per_minute")


def config(folder: Path, *, limited: bool = False) -> str:
    """Write a configuration without pace, and without limits worth the name; gives its path, for CANDOR_CONFIG."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for name in PACE if limited else PACE + LIMITS:
        text, found = re.subn(rf"^{name} = \d+", f"{name} = 1000000000", text, flags=re.MULTILINE)
        assert found == 1, name
    path = folder / "unhurried.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)
