"""The letter that the house writes: composed so that no header can be injected and no machine answers it (RFC 3834 sections 3 and 5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from ivr.channels.email.reading import LOOP_MARK

SUBJECT_CHARACTERS_MAX = 200
REFERENCES_MAX = 10  # the first and the last ones, as RFC 5537 section 3.4.4 trims them
# A Message-ID has no blanks: the folding of long lines would tear or encode it.
POLICY = SMTP.clone(max_line_length=998)

_TEXTS: Final = {
    "en": {
        "received": "We have received your message.",
        "left": "Our question to you:",
        "how": "Please answer this mail, or go on by phone without explaining anything again:",
        "answer": "You can answer this mail.",
        "ticket": "phone {phone}, press {key} and then {ticket} (good for {minutes} minutes from when this was sent).",
        "say": "phone {phone}, say that you have a code: {ticket} (good for {minutes} minutes from when this was sent).",
        "person": "One of our colleagues will read it and answer.",
        "subject": "Your message",
        "quiet": "We will not write to you any more. If you ask us something, we answer.",
        "robot": "This reply was written by our automatic service.",
    },
    "ru": {
        "received": "Мы получили ваше письмо.",
        "left": "Наш вопрос к вам:",
        "how": "Ответьте, пожалуйста, на это письмо или продолжите по телефону, ничего не объясняя заново:",
        "answer": "Вы можете ответить на это письмо.",
        "ticket": "позвоните по номеру {phone}, нажмите {key} и наберите {ticket} (действует {minutes} минут с момента отправки).",
        "say": "позвоните по номеру {phone}, скажите, что у вас есть код: {ticket} (действует {minutes} минут с момента отправки).",
        "person": "Наш сотрудник прочтёт его и ответит вам.",
        "subject": "Ваше письмо",
        "quiet": "Больше мы вам не пишем. На ваши вопросы мы ответим.",
        "robot": "Этот ответ написан автоматической службой.",
    },
}


def text(
    language: str,
    says: Sequence[str],
    questions: Sequence[str],
    *,
    phone: str = "",
    key: str = "",
    ticket: str = "",
    minutes: int = 15,
    person: bool = False,
    begun: bool = True,
) -> str:
    """The body of an acknowledgement in one of the languages that are here; English for others.

    says: what the dialogue has to say; questions: what it still asks; person: somebody will answer. key: pressed before the
    ticket's digits, "" where they are spoken. begun: something is known already, and this is no first greeting.
    """
    words = _TEXTS.get(language, _TEXTS["en"])
    parts = ["\n".join([*(says[:1] or ()), words["received"], *says[1:]])]
    if person:
        parts.append(words["person"])
    elif questions:
        parts.append("\n".join([words["left"], *(f"  - {one}" for one in questions)] if begun else questions))
    if not person:
        how = words["ticket" if key else "say"]
        way = how.format(phone=phone, key=key, ticket=ticket, minutes=minutes) if phone and ticket else ""
        parts.append(f"{words['how']}\n  {way}" if way else words["answer"])
    parts.append(words["robot"])
    return "\n\n".join(parts) + "\n"


def quiet(language: str) -> str:
    """The body of the answer to whoever wants no more mails."""
    words = _TEXTS.get(language, _TEXTS["en"])
    return f"{words['quiet']}\n\n{words['robot']}\n"


def compose(
    *,
    message_id: str,
    sender: str,
    sender_name: str,
    to: str,
    subject: str,
    body: str,
    language: str,
    at_ms: int,
    answers: str = "",
    references: Sequence[str] = (),
    automatic: bool = True,
    unsubscribe: Sequence[str] = (),
) -> bytes:
    """A mail as it goes on the wire. answers: the Message-ID that it replies to. unsubscribe: URLs by which no more are wanted.

    Raises ValueError for an impossible address.
    """
    mail = EmailMessage(policy=POLICY)
    local, _, domain = sender.rpartition("@")
    mail["From"] = Address(_line(sender_name)[:100], local, domain)
    local, _, domain = to.rpartition("@")
    mail["To"] = Address("", local, domain)
    mail["Subject"] = _subject(subject, language, bool(answers))
    mail["Date"] = format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC))
    mail["Message-ID"] = f"<{message_id}>"
    chain = [one for one in (*references, answers) if one and one.isascii() and one.isprintable() and len(one) < 250]
    if answers and answers in chain:
        mail["In-Reply-To"] = f"<{answers}>"
    chain = list(dict.fromkeys(chain))
    if len(chain) > REFERENCES_MAX:
        chain = [chain[0], *chain[1 - REFERENCES_MAX :]]
    while len(chain) > 1 and sum(len(one) + 3 for one in chain) > 900:
        del chain[1 if len(chain) > 2 else 0]
    if chain:
        mail["References"] = " ".join(f"<{one}>" for one in chain)
    if automatic:
        mail["Auto-Submitted"] = "auto-replied" if answers else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    mail[LOOP_MARK] = "1"
    if unsubscribe:
        mail["List-Unsubscribe"] = ", ".join(f"<{one}>" for one in unsubscribe)
    if any(one.startswith("https:") for one in unsubscribe):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(body, cte="quoted-printable")
    # After the content, which clears what stood about it (RFC 3282).
    mail["Content-Language"] = language if re.fullmatch(r"[A-Za-z0-9-]{2,35}", language) else "en"
    return mail.as_bytes()


def _subject(subject: str, language: str, answers: bool) -> str:
    clean = _line(subject)[:SUBJECT_CHARACTERS_MAX]
    if not clean:
        clean = _TEXTS.get(language, _TEXTS["en"])["subject"]
    return clean if not answers or re.match(r"(?i)re(\[\d+\])?\s*:", clean) else f"Re: {clean}"


def _line(value: str) -> str:
    """One line, whatever was in it: a line break in a header would begin another header (RFC 5322 section 2.2)."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
