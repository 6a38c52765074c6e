"""Where a rule does not hold, and why. An excuse that nothing needs any more fails the tests."""

LOCAL_CHAT = "Telegram's part is played here, with a file of its own"
DRAWN = "what a reader or a book named passes escape(), the rest is ours; tests/engine/test_report_page.py attacks it"

EXCUSED: dict[str, dict[str, str]] = {
    "money-is-decimal": {
        "bot/channels/request.py": "seconds until a call is given up",
        "bot/channels/calls.py": "seconds that Telegram asks us to wait",
        "bot/likeness.py": "how rare a word is",
        "engine/api/optimal.py": "the price of one more bin, in log-likelihood",
        "engine/binning.py": "the price of one more bin, in log-likelihood",
        "engine/kinds/face.py": "an amount of log-odds",
        "engine/kinds/shapley.py": "amounts of log-odds",
        "engine/kinds/whole.py": "shares of a sum of points",
    },
    "time-has-a-zone": {
        "engine/raw.py": "a column of days is counted from a day; it names no moment",
        "engine/report/binned.py": "a column of days is counted from a day; it names no moment",
    },
    "one-door-for-writes": {
        "storage/database.py": "this is the door",
        "storage/migrate.py": "tables change in a transaction of their own, before the bot runs",
        "storage/onehop.py": "the connection that the door opens",
        "storage/keyring.py": "makes its one table, and looks whether it is empty, before the bot runs",
        "storage/snapshot.py": "reads a whole database for a backup; VACUUM INTO and a shared snapshot need it bare",
        "storage/carrying.py": "a keyring being brought back, before anybody may open it",
        "storage/sqlitefile.py": "reads, checks and copies whole files for backups",
        "storage/pgtools.py": "makes, renames and drops whole databases, which no transaction can",
        "storage/reindexing.py": "looks, before the bot runs, whether a database fits its keyring",
        "storage/selfcheck.py": "tries from outside whether the door is shut",
        "bot/channels/local/": LOCAL_CHAT,
    },
    "no-statement-from-strings": {
        "bot/channels/local/store.py": "a table's name, which is one of two literals",
        "storage/migrations/versions/0003_rules.py": "triggers are named after tables, and take no parameters",
        "storage/migrations/versions/0005_watching_rules.py": "triggers are named after tables, too",
    },
    "chance-is-secret": {
        "bot/demo/crowd.py": "made-up people, the same from one seed everywhere",
    },
    "no-html-from-strings": {
        "engine/report/": DRAWN,
        "bot/views/asked.py": "joins the dossier's own tables, which escape()",
        "bot/views/dossier.py": "every value passes paper.escape() or is a sentence of ours; tests attack it",
        "bot/views/lent.py": "made of the dossier's own parts, which escape()",
        "bot/views/paper.py": "every value passes escape() or is a sentence of ours; tests attack it",
        "engine/cli/card.py": "sections come from engine/report, the title passes escape()",
    },
}
"""Rule -> file, or folder with its slash -> reason."""


def excuse(rule: str, place: str) -> str | None:
    """Give the entry that excuses a place from a rule, if there is one."""
    entries = EXCUSED.get(rule, {})
    return next(
        (name for name in entries if place == name or (name.endswith("/") and place.startswith(name))), None
    )
