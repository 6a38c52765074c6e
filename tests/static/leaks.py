"""What must not lie in a repository: keys, tokens, passwords, names of machines and of package registries."""

import re
from collections.abc import Iterator

SECRETS = {
    "a bot's token": r"(?<![0-9])[0-9]{8,12}:AA[\w-]{33}(?![\w-])",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY",
    "a key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,})\b",
    "a token of Slack": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a key of Google": r"\bAIza[\w-]{35}\b",
    "a key of Stripe or its like": r"\b(?:sk|rk)[-_](?:live|test|ant|proj)[-_][\w-]{16,}",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a master key": r"^[0-9]{1,3} [A-Za-z0-9+/]{43}=$",
    "a password in an address": (
        r"\b(?:postgres(?:ql)?|mysql|redis|amqp|https?)(?:\+\w+)?://"
        r"[^\s/:@\"'{}<>]+:(?!(?:password|secret|s%40cret)@)[^\s/:@\"'{}<>]{6,}@"
    ),
    "a password that is set": (
        r"(?i)^\s*(?:export\s+)?(?:BOT_TOKEN|BOT_WEBHOOK_SECRET|[A-Z_]*PASSWORD|[A-Z_]*API_KEY)"
        r"\s*=\s*['\"]?[\w:+/=-]{20,}"
    ),
}
"""Kind -> pattern. Samples in tests are made so that none of them fits."""

# joined here, so that this file does not name what it looks for
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("piwheels", "org"), ("npmjs", "org"), ("npmjs", "com"),
        ("anaconda", "org"), ("crates", "io"), ("rubygems", "org"), ("docker", "io"), ("ghcr", "io"), ("quay", "io"),
        ("artifactory", "com"), ("jfrog", "io"),
    )
]  # fmt: skip
PLACES = [
    "/".join(("", *parts, ""))
    for parts in (("home",), ("root",), ("Users",), ("opt", "wheels"), ("work", "main"))
]
OPTIONS = [
    "--" + "-".join(words)
    for words in (("index", "url"), ("extra", "index", "url"), ("trusted", "host"), ("find", "links"))
]

_SECRET = [(kind, re.compile(pattern, re.MULTILINE)) for kind, pattern in SECRETS.items()]
_HOST = re.compile(
    "|".join(rf"(?<![\w-])(?:[\w-]+\.)*{re.escape(host)}(?![\w.-]*\w)" for host in REGISTRIES), re.IGNORECASE
)
_PLACE = re.compile("|".join(rf"(?<![\w.}}*]){re.escape(place)}\w" for place in PLACES))
_OPTION = re.compile("|".join(rf"(?<![\w-]){option}(?=[ =])" for option in OPTIONS))


def secrets(text: str) -> Iterator[str]:
    """Name each secret found, never its content."""
    for kind, pattern in _SECRET:
        for match in pattern.finditer(text):
            yield f"{kind}, line {text.count(chr(10), 0, match.start()) + 1}"


def addresses(text: str) -> Iterator[str]:
    """Name each registry, machine's folder and option of a registry found."""
    for pattern in (_HOST, _PLACE, _OPTION):
        for match in pattern.finditer(text):
            yield f"{match[0]}, line {text.count(chr(10), 0, match.start()) + 1}"
