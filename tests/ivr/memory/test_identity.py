"""Who somebody might be: one spelling for each, and how sure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.memory.disclosure import Privacy, may_speak, shown
from ivr.memory.errors import NotAnIdentity
from ivr.memory.identity import STRONG, Confidence, Identity, Kind, Proof, caller, chat, email, phone, weigh


@pytest.mark.parametrize(
    ("text", "region", "value"),
    [
        ("+7 (495) 123-45-67", "", "+74951234567"),
        ("8 495 123 45 67", "RU", "+74951234567"),
        ("8 495 123 45 67", "ru", "+74951234567"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", "", "+442079460958"),
        ("+39 06 698 12345", "", "+390669812345"),  # an Italian zero stays
        ("tel:+1-201-555-0123", "", "+12015550123"),  # RFC 3966
        ("+1 201 555 0123 ext. 9", "", "+12015550123"),
    ],
)
def test_a_number_has_one_spelling(text: str, region: str, value: str) -> None:
    assert phone(text, region) == Identity(Kind.PHONE, value)


@pytest.mark.parametrize("text", ["", "4711", "anna", "+7", "8 495 123 45 67", "+999999999999999999"])
def test_what_is_no_number_is_refused_without_being_named(text: str) -> None:
    with pytest.raises(NotAnIdentity) as refused:
        phone(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" Anna.Petrova@Example.COM ", "anna.petrova@example.com"),
        ("<Анна@Почта.рф>", "анна@xn--80a1acny.xn--p1ai"),
        ("a+Shop@example.com.", "a+shop@example.com"),
        ("STRASSE@x.de", "strasse@x.de"),
    ],
)
def test_a_mail_address_is_compared_case_folded(text: str, value: str) -> None:
    assert email(text).value == value


@pytest.mark.parametrize(
    "text", ["", "anna", "@example.com", "anna@", "a b@c.d", "a@b@c", "a@.", "a@" + "b" * 300 + ".com", "a\x00@b.c"]
)
def test_what_is_no_mail_address_is_refused(text: str) -> None:
    with pytest.raises(NotAnIdentity):
        email(text)


def test_a_plus_tag_is_kept_and_knows_its_mailbox() -> None:
    assert email("a+shop@x.org").kin == email("a@x.org")
    assert email("a@x.org").kin is None
    assert email("+a@x.org").kin is None
    assert phone("+74951234567").kin is None
    assert chat("a+b@c").kin is None


@pytest.mark.parametrize(
    ("user", "host", "who"),
    [
        ("+74951234567", "carrier.example", Identity(Kind.PHONE, "+74951234567")),
        ("84951234567", "carrier.example", Identity(Kind.PHONE, "+74951234567")),
        ("Alice", "Example.org", Identity(Kind.SIP, "alice@example.org")),
        ("1001", "pbx", Identity(Kind.SIP, "1001@pbx")),
        ("anonymous", "anonymous.invalid", None),
        ("+74951234567", "anonymous.invalid", None),
        ("Restricted", "carrier.example", None),
        ("", "carrier.example", None),
    ],
)
def test_a_caller_is_a_number_or_a_sip_address_or_withheld(user: str, host: str, who: Identity | None) -> None:
    assert caller(user, host, "RU") == who


def test_neither_a_log_nor_an_error_names_anybody() -> None:
    assert str(phone("+74951234567")) == repr(phone("+74951234567")) == "phone ...67"
    assert repr(email("anna@example.com")) == "email ..."


@given(st.text(max_size=60), st.sampled_from(["", "RU", "GB"]))
def test_any_text_is_an_identity_or_refused(text: str, region: str) -> None:
    for make in (lambda: phone(text, region), lambda: email(text), lambda: chat(text)):
        try:
            made = make()
        except NotAnIdentity:
            continue
        assert Identity.from_address(made.address) == made
        assert made.value.isprintable()
    made_by_sip = caller(text, "host", region)
    assert made_by_sip is None or Identity.from_address(made_by_sip.address) == made_by_sip


def test_one_weak_proof_offers_and_strong_ones_link() -> None:
    assert weigh([Proof.CALLER_ID]) < STRONG
    assert weigh([Proof.CALLER_ID, Proof.CALLER_ID]) == weigh([Proof.CALLER_ID])
    assert weigh([Proof.SAID, Proof.MATCHED]) >= STRONG
    assert weigh([Proof.TICKET]) >= STRONG
    assert weigh([]) == 0


def test_a_private_fact_needs_a_proof_shown_in_this_contact() -> None:
    hints = [Proof.CALLER_ID, Proof.SENDER, Proof.COOKIE, Proof.CRM]
    assert shown(hints) is Confidence.HINT
    assert shown([]) is Confidence.NOBODY
    table = {(fact, sure): may_speak(fact, sure) for fact in Privacy for sure in Confidence}
    assert {pair for pair, may in table.items() if may} == {
        *((Privacy.PUBLIC, sure) for sure in Confidence),
        (Privacy.PERSONAL, Confidence.CLAIMED), (Privacy.PERSONAL, Confidence.PROVED), (Privacy.PRIVATE, Confidence.PROVED),
    }  # fmt: skip
