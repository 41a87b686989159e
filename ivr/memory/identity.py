"""Who somebody might be: a phone number (E.164), a mail address (RFC 5321), a chat id, a device, a SIP address; and how sure that is.

An identity is a hint, not a proof: calling line identification is set by the caller's side (RFC 3325 section 1), From by whoever
writes the mail. What was shown in this very contact decides what may be spoken (privacy.py); what links an identity to a
customer, and how surely, decides what is offered.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import phonenumbers

from ivr.memory.errors import NotAnIdentity

STRONG = 0.8  # from here on a link is taken for true; below, it is an offer that somebody must confirm
LONGEST = 254  # RFC 5321 section 4.5.3.1.3: a path of 256 octets with its two brackets
_MAIL = re.compile(r"[^\s@<>\",;:\\]+@[^\s@<>\",;:\\]+\.?")
_WITHHELD = {"", "anonymous", "unavailable", "unknown", "restricted", "withheld", "private", "invalid"}


class Kind(StrEnum):
    """What an identity is. The letter is its first in the store, so it never changes."""

    PHONE = "p"
    EMAIL = "e"
    CHAT = "h"
    DEVICE = "d"
    SIP = "s"


class Confidence(IntEnum):
    """How sure the house is, in this contact, whom it talks to."""

    NOBODY = 0  # nothing is known
    HINT = 1  # a number, a From line or a cookie says so: anybody can make it say so
    CLAIMED = 2  # said something that fits and that not everybody knows
    PROVED = 3  # a ticket, a code sent to him, or a person who checked


class Proof(StrEnum):
    """How it is known that an identity is a customer's."""

    CALLER_ID = "caller_id"
    SENDER = "sender"
    COOKIE = "cookie"
    SAID = "said"
    MATCHED = "matched"
    CRM = "crm"
    LOGIN = "login"
    TICKET = "ticket"
    CODE = "code"
    OPERATOR = "operator"

    @property
    def weight(self) -> float:
        """What this alone is worth, 0 to 1."""
        return _PROOFS[self][0]

    @property
    def shows(self) -> Confidence:
        """What this alone shows in a contact in which it was given."""
        return _PROOFS[self][1]


_PROOFS = {
    Proof.CALLER_ID: (0.5, Confidence.HINT),
    Proof.SENDER: (0.5, Confidence.HINT),
    Proof.COOKIE: (0.4, Confidence.HINT),
    Proof.SAID: (0.5, Confidence.CLAIMED),  # named himself, or gave the address in a talk
    Proof.MATCHED: (0.7, Confidence.CLAIMED),  # knew an order, a name, that fits what is stored
    Proof.CRM: (0.9, Confidence.HINT),  # the link is sure; who holds the phone today is not
    Proof.LOGIN: (0.95, Confidence.PROVED),
    Proof.TICKET: (0.95, Confidence.PROVED),
    Proof.CODE: (0.98, Confidence.PROVED),
    Proof.OPERATOR: (0.95, Confidence.PROVED),
}


def weigh(proofs: Iterable[Proof]) -> float:
    """What several proofs are worth together, each counted once, as if independent: 1 - product(1 - weight)."""
    return round(1 - math.prod(1 - proof.weight for proof in set(proofs)), 4)


@dataclass(frozen=True, slots=True)
class Identity:
    """One way to reach or to recognise somebody, in the one spelling in which it is compared. Made by the functions below."""

    kind: Kind
    value: str

    def __post_init__(self) -> None:
        if not self.value or len(self.value) > LONGEST or not self.value.isprintable():
            raise NotAnIdentity(f"an empty, overlong or unprintable {self.kind.name.lower()} identity")

    @property
    def address(self) -> str:
        """As the store's keys spell it: the kind's letter, then the value."""
        return self.kind.value + self.value

    @property
    def kin(self) -> Identity | None:
        """The mail address without its plus-tag (RFC 5233): the same mailbox as a rule, and linked as such. None where there is no tag."""
        local, _, domain = self.value.partition("@")
        name, plus, _ = local.partition("+")
        return Identity(Kind.EMAIL, f"{name}@{domain}") if self.kind is Kind.EMAIL and plus and name else None

    @classmethod
    def from_address(cls, address: str) -> Identity:
        """The identity of `address`. Raises NotAnIdentity."""
        try:
            return cls(Kind(address[:1]), address[1:])
        except ValueError:
            raise NotAnIdentity("an address of no known kind") from None

    def __str__(self) -> str:
        """Fit for a log: the kind, and no more than the last two signs of a long number."""
        tail = self.value[-2:] if self.kind is Kind.PHONE and len(self.value) > 6 else ""
        return f"{self.kind.name.lower()} ...{tail}"

    __repr__ = __str__


def phone(text: str, region: str = "") -> Identity:
    """A phone number in any usual spelling; a national one needs the `region` (ISO 3166, "RU") it is dialled in. Raises NotAnIdentity.

    E.164 knows no extensions: one that is given is dropped. Possible is enough (ITU-T E.164 lengths), since numbering plans
    change more often than programs.
    """
    try:
        number = phonenumbers.parse(text, region.upper() or None)
    except phonenumbers.NumberParseException:
        raise NotAnIdentity("no phone number") from None
    if not phonenumbers.is_possible_number(number):
        raise NotAnIdentity("no phone number of a possible length")
    return Identity(Kind.PHONE, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def email(text: str) -> Identity:
    """A mail address, compared case-folded; its domain as ASCII (RFC 5890), its plus-tag kept. Raises NotAnIdentity."""
    folded = unicodedata.normalize("NFC", text.strip().strip("<>")).casefold()
    if not _MAIL.fullmatch(folded):
        raise NotAnIdentity("no mail address")
    local, _, domain = folded.rpartition("@")
    try:
        name = domain.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not name:
        raise NotAnIdentity("a mail address with an impossible domain")
    return Identity(Kind.EMAIL, f"{local}@{name}")


def chat(visitor: str) -> Identity:
    """The id that a chat gave its visitor, as it is. Raises NotAnIdentity."""
    return Identity(Kind.CHAT, visitor.strip())


def device(name: str) -> Identity:
    """A device or cookie id, as it is. Raises NotAnIdentity."""
    return Identity(Kind.DEVICE, name.strip())


def caller(user: str, host: str = "", region: str = "") -> Identity | None:
    """Who a SIP From or P-Asserted-Identity names: a phone number where it is one, else the SIP address; None where it is withheld (RFC 3323)."""
    name, place = user.strip().casefold(), host.strip().casefold()
    if name in _WITHHELD or place == "anonymous.invalid":
        return None
    try:
        return phone(name, region)
    except NotAnIdentity:
        try:
            return Identity(Kind.SIP, f"{name}@{place}" if place else name)
        except NotAnIdentity:
            return None
