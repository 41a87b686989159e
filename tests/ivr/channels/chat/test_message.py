"""What a page may send: every field checked, text made plain, never an exception of another kind."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channels.chat.message import TEXT_MOST, BadMessage, Hello, Ping, Pressed, Rated, Types, Wants, Wrote, clean, read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type":"hello"}', Hello("", "", 0, "en")),
        ('{"type":"hello","chat":"a_-9","token":"t","after":7,"language":"ru-RU"}', Hello("a_-9", "t", 7, "ru-RU")),
        ('{"type":"say","id":"1","text":"  hi\\nthere\\u0007 "}', Wrote("1", "hi\nthere")),
        ('{"type":"pick","id":"1","button":"status"}', Pressed("1", "status")),
        ('{"type":"ticket","id":"1"}', Wants("1", "ticket")),
        ('{"type":"again","id":"1"}', Wants("1", "again")),
        ('{"type":"rate","id":"1","smile":"good"}', Rated("1", "good")),
        ('{"type":"typing","on":true}', Types(True)),
        ('{"type":"typing","on":"yes"}', Types(False)),
        ('{"type":"ping","more":[1]}', Ping()),
    ],
)
def test_what_can_be_said(text: str, message: object) -> None:
    assert read(text) == message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "json"),
        ("{", "json"),
        ('{"type":"say","id":"1","text":NaN}', "json"),
        ("[" * 100_000, "json"),
        ("9" * 10_000, "json"),
        ("[]", "shape"),
        ('{"type":["say"]}', "unknown"),
        ('{"type":"open"}', "unknown"),
        ('{"type":"say","text":"hi"}', "shape"),
        ('{"type":"say","id":"<b>","text":"hi"}', "shape"),
        ('{"type":"say","id":"1","text":5}', "shape"),
        ('{"type":"say","id":"1","text":" \\u202e\\u0000 "}', "empty"),
        (json.dumps({"type": "say", "id": "1", "text": "x" * (TEXT_MOST + 1)}), "long"),
        ('{"type":"hello","after":-1}', "shape"),
        ('{"type":"hello","after":true}', "shape"),
        ('{"type":"hello","after":1e400}', "shape"),
        ('{"type":"hello","chat":"../x"}', "shape"),
        ('{"type":"hello","language":"<script>"}', "shape"),
        ('{"type":"rate","id":"1","smile":"best"}', "shape"),
        ('{"type":"pick","id":"1","button":""}', "shape"),
    ],
    ids=range(20),
)
def test_what_is_refused_and_why(text: str, why: str) -> None:
    with pytest.raises(BadMessage) as caught:
        read(text)
    assert caught.value.why == why


def test_a_refusal_names_the_message_it_refuses() -> None:
    with pytest.raises(BadMessage) as caught:
        read(json.dumps({"type": "say", "id": "m7", "text": "x" * 3000}))
    assert caught.value.id == "m7"


def test_signs_that_turn_the_writing_are_taken_out_and_half_signs_replaced() -> None:
    assert clean("invoice\u202efdp.exe\u2066!") == "invoicefdp.exe!"
    assert clean("a\ud800b") == "a?b"
    assert clean("e\u0301") == "é"
    assert clean("шалом שלום") == "шалом שלום"


@given(
    st.text()
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_nothing_but_a_message_or_a_refusal_comes_of_anything(value: object) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    why = ""
    try:
        read(text)
    except BadMessage as bad:
        why = bad.why
    assert why in {"", "json", "shape", "unknown", "empty", "long"}


@given(
    st.sampled_from(["hello", "say", "pick", "rate", "ticket", "again", "typing", "ping"]),
    st.dictionaries(
        st.sampled_from(["id", "text", "button", "smile", "chat", "token", "after", "language", "on"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    ),
)
def test_a_known_kind_with_any_fields(kind: str, fields: dict[str, object]) -> None:
    try:
        message = read(json.dumps({"type": kind, **fields}))
    except BadMessage:
        return
    if isinstance(message, Wrote):
        assert 0 < len(message.text) <= TEXT_MOST
