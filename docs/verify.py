"""Check a signed message without the bot: `python docs/verify.py keys.json < message.txt`."""

import datetime as dt
import json
import re
import sys
import unicodedata
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
UNSEEN = re.compile("[\\s\u00ad\u200b-\u200d\u2060\ufeff\ufe00-\ufe0f]")
LINE = r"(.*)✍([^✍→]+)→([0-9A-Z]+)·([\d:-]{15})UTC·/verify_[0-9a-z]{10}CV1([0-9A-Z-]+)"


def check(message: str, keys: dict[str, str]) -> str:
    """Give one line that says what a message is."""
    found = re.fullmatch(LINE, UNSEEN.sub("", unicodedata.normalize("NFC", message)), re.DOTALL)
    letters = found[5].replace("-", "") if found else ""
    if found is None or len(letters) != 117 or not set(letters) <= set(LETTERS):
        return "not a whole signed message"
    data = sum(LETTERS.index(c) << 5 * (111 - at) for at, c in enumerate(letters[:112])).to_bytes(70)
    key, minute = str(int.from_bytes(data[:2])), int.from_bytes(data[2:6])
    at = f"{dt.datetime.fromtimestamp(min(minute, 1 << 31) * 60, dt.UTC):%Y-%m-%dT%H:%M}"
    fields = [each.encode() for each in (key, at, found[2], found[3], found[1])]
    signed = b"candor letter 1" + b"".join(len(each).to_bytes(4) + each for each in fields)
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[key])).verify(data[6:], signed)
    except (KeyError, InvalidSignature):
        return "altered, or not signed by these keys"
    genuine = f"as it was sent by {found[2]} to {found[3]} at {at} UTC, signed with key {key}"
    return genuine if found[4] == at.replace("T", "") else "altered: its date is not the one that was signed"


if __name__ == "__main__":
    print(check(sys.stdin.read(), json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
