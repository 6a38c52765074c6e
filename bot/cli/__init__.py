"""The commands of `python -m bot`, a module a family.

Each module has `add(commands)`, which adds its parsers with `set_defaults(call=...)`: a function of settings and the
chosen arguments that gives the exit code. Heavy rooms are loaded inside that function, so that a mistyped setting is
answered at once.
"""

from bot.cli import apikey, audit, backtest, backup, faq, keys, ledger, run, scam, staff, sweep

COMMANDS = (run, apikey, audit, backtest, backup, faq, keys, ledger, scam, staff, sweep)
