"""What the house writes: no header can be injected, threads stay threads, no machine is invited to answer."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.channels.email.reading import read
from ivr.channels.email.reply import compose, text


def composed(**more: Any) -> bytes:
    fields = {
        "message_id": "ack-1@hotline.h.example", "sender": "help@h.example", "sender_name": "Swallow", "to": "anna@shop.example",
        "subject": "Parcel", "body": "Hello\n", "language": "en", "at_ms": 1_795_417_200_000, "answers": "q1@shop.example",
    }  # fmt: skip
    return compose(**{**fields, **more})


def test_a_reply_as_a_mail_program_sees_it() -> None:
    mail = message_from_bytes(composed(references=["p0@shop.example"]), policy=default)
    assert mail["From"] == "Swallow <help@h.example>"
    assert mail["To"] == "anna@shop.example"
    assert mail["Subject"] == "Re: Parcel"
    assert mail["Message-ID"] == "<ack-1@hotline.h.example>"
    assert mail["In-Reply-To"] == "<q1@shop.example>"
    assert mail["References"] == "<p0@shop.example> <q1@shop.example>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Content-Language"] == "en"
    assert mail["Date"] == "Mon, 23 Nov 2026 07:00:00 +0000"
    assert mail.get_content().splitlines() == ["Hello"]


def test_our_own_reader_knows_it_as_ours() -> None:
    assert read(composed(), None, "hotline.h.example").origin == "ourselves"
    assert read(composed(message_id="x@y.example"), None, "hotline.h.example").origin == "ourselves"


EVIL = [
    "\r\nBcc: x@evil.example",
    "\nBcc: x@evil.example",
    "\r\n\r\n<script>",
    "\x00",
    "\u2028Bcc: x@evil.example",
    "\x85Bcc: y",
    "a" * 5_000,
]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["subject", "sender_name"])
def test_no_header_is_injected(field: str, evil: str) -> None:
    raw = composed(**{field: f"x{evil}"})
    mail = message_from_bytes(raw, policy=default)
    assert mail["Bcc"] is None
    assert len(mail.keys()) == len(set(mail.keys())) == 14
    assert mail.get_content().splitlines() == ["Hello"]
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("evil", EVIL)
def test_no_recipient_is_injected(evil: str) -> None:
    try:
        mail = message_from_bytes(composed(to=f"anna{evil}@shop.example"), policy=default)
    except ValueError:
        return
    assert mail["Bcc"] is None


@pytest.mark.parametrize("evil", EVIL)
def test_ids_of_others_do_no_harm(evil: str) -> None:
    mail = message_from_bytes(composed(answers=f"q{evil}@x.example", references=[f"r{evil}@x.example"] * 3), policy=default)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Re: Parcel"


def test_a_long_thread_keeps_its_first_and_its_last() -> None:
    ids = [f"{turn}-{'x' * 100}@shop.example" for turn in range(200)]
    mail = message_from_bytes(composed(references=ids), policy=default)
    kept = mail["References"].split()
    assert kept[0] == f"<{ids[0]}>"
    assert kept[-1] == "<q1@shop.example>"
    assert len(mail["References"]) < 998
    assert "=?" not in mail["References"]


@settings(max_examples=30)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_subject_and_name_make_a_mail(subject: str, name: str) -> None:
    mail = message_from_bytes(composed(subject=subject, sender_name=name), policy=default)
    assert mail["To"] == "anna@shop.example"
    assert mail.get_content().splitlines() == ["Hello"]


def test_the_words_in_both_languages() -> None:
    english = text("en", ["Hello, this is Swallow."], ["Which order?"], phone="+7 495 000", key="#", ticket="481 516")
    assert english.startswith("Hello, this is Swallow.\nWe have received your message.")
    assert "  - Which order?" in english
    assert "phone +7 495 000, press # and then 481 516 (good for 15 minutes" in english
    russian = text("ru", [], ["Какой заказ?"], phone="+7 495 000", key="#", ticket="481 516")
    assert "позвоните по номеру +7 495 000, нажмите # и наберите 481 516" in russian
    assert "колл" not in text("ru", [], [], person=True)
    assert "ticket" not in text("ko", [], [])
    assert "press" not in text("en", [], ["?"], phone="+7 495 000", key="#")
    assert "say that you have a code: 481 516" in text("en", [], ["?"], phone="+7 495 000", ticket="481 516")


def test_who_said_nothing_yet_is_only_greeted() -> None:
    assert "Our question" not in text("en", ["Hello."], ["How can I help you?"], begun=False)
    assert "How can I help you?" in text("en", ["Hello."], ["How can I help you?"], begun=False)
