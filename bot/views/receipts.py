"""Consent receipts as files: the fields of ISO/IEC TS 27560 in the words of the Kantara consent receipt 1.1.

`docs/consent-receipt.schema.json` says what such a file looks like. Nothing stands in it that the person was not shown
or could not be told; a field we have nothing true to say in (a public key, an address) is left out.
"""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from bot.dialogs.consent import Terms, text_hash
from bot.i18n import Locale, locale, t
from bot.sections import Operator
from engine import FACTORS, QUESTIONS, Pack

SPECIFICATION = "KI-CR-v1.1.0"
RECORD = "ISO/IEC TS 27560:2023"
PROFILE = ("name", "phone", "national_id", "age")
"""What is kept of whoever is registered, because a score belongs to somebody."""
RESULTS = {
    "share": ("score", "band", "reasons", "validity"),
    "watch": ("score", "band", "reasons", "events"),
    "monitoring": ("score", "band"),
    "marketing": ("score", "band"),
}
"""What a purpose uses of a score that is there."""


@dataclass(frozen=True, slots=True)
class Item:
    """One decision, as a receipt tells of it; `ends` is the receipt it brings to an end."""

    purpose: str
    given: bool
    version: int
    language: str
    text_hash: str
    expires_at: dt.datetime | None = None
    lender: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The decisions made at one moment."""

    id: str
    handle: str
    country: str
    method: str
    at: dt.datetime
    items: tuple[Item, ...]


def file(receipt: Receipt, operator: Operator, pack: Pack) -> bytes:
    """Give a receipt as JSON, in the language its texts were shown in."""
    return json.dumps(content(receipt, operator, pack), ensure_ascii=False, indent=2).encode()


def content(receipt: Receipt, operator: Operator, pack: Pack) -> dict[str, Any]:
    """Give a receipt field by field."""
    lenders = sorted({item.lender for item in receipt.items if item.lender})
    return {
        "version": SPECIFICATION,
        "schema": RECORD,
        "jurisdiction": receipt.country.upper(),
        "consentTimestamp": int(receipt.at.timestamp()),
        "consentTime": receipt.at.isoformat(),
        "collectionMethod": receipt.method,
        "consentReceiptID": receipt.id,
        "language": receipt.items[0].language.replace("_", "-"),
        "piiPrincipalId": receipt.handle,
        "piiControllers": [
            _party(operator.name, contact=operator.contact, licence=operator.licence),
            *(_party(name) for name in lenders),
        ],
        "policyUrl": "/privacy",
        "services": [
            {
                "service": "Candor",
                "purposes": [_purpose(item, operator, pack) for item in receipt.items],
            }
        ],
        "sensitive": True,  # every purpose uses money and debts, or a score that was made of them
        "spiCat": ["financial"],
    }


def categories(purpose: str, pack: Pack) -> dict[str, list[str]]:
    """Name what a purpose uses: what is asked, what is worked out of it, what of a profile or a score it needs."""
    factors = [name for name, factor in FACTORS.items() if factor.purpose == purpose and pack.permits(name)]
    if factors:
        questions = [
            name for name, q in QUESTIONS.items() if q.purpose == purpose and any(map(pack.permits, q.feeds))
        ]
        profile = list(PROFILE) if purpose == "score" else []
        return {"asked": sorted({*questions, *profile}), "derived": sorted(factors)}
    return {"asked": [], "derived": list(RESULTS[purpose])}


def _purpose(item: Item, operator: Operator, pack: Pack) -> dict[str, Any]:
    words = locale(item.language)
    asked = pack.consent(item.purpose)
    held = categories(item.purpose, pack)
    found: dict[str, Any] = {
        "purposeId": item.purpose,
        "purpose": words.plain(t(f"purpose.{item.purpose}")),
        "decision": "given" if item.given else "withdrawn" if item.ends else "refused",
        "consentType": "EXPLICIT",
        "legalBasis": "consent",
        "primaryPurpose": item.purpose == "score",
        "piiCategory": sorted({*held["asked"], *held["derived"]}),
        "piiAsked": held["asked"],
        "piiDerived": held["derived"],
        "language": item.language.replace("_", "-"),
        "textVersion": item.version,
        "textHash": f"sha256:{item.text_hash}",
        "termination": item.expires_at.isoformat() if item.expires_at else "until withdrawn",
        "singleUse": bool(asked and asked.per_query),
        "withdrawalMethod": "/share" if item.purpose == "share" else "/consents",
        "thirdPartyDisclosure": bool(item.lender),
        "recipients": [operator.name, *([item.lender] if item.lender else [])],
    }
    text = _text(item, operator, pack, words)
    if text:
        found["text"] = text
    if item.lender:
        found["thirdPartyName"] = item.lender
    if item.ends:
        found["endsReceipt"] = item.ends
    return found


def _text(item: Item, operator: Operator, pack: Pack, words: Locale) -> str:
    """Give the very text that was decided on; "" where operator or pack have changed since and it would not be it."""
    terms = Terms.of(item.purpose, operator.name, operator.contact, pack.consent(item.purpose), item.lender)
    if not words.has(terms.key(item.version)) or text_hash(words, terms, item.version) != item.text_hash:
        return ""
    return words.html(terms.text(item.version))


def _party(name: str, **more: str) -> dict[str, str]:
    return {"piiController": name} | {key: value for key, value in more.items() if value}
