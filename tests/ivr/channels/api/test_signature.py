"""Standard Webhooks: a published example of the method by hand, and every way in which a signature must not hold (C8)."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channels.signature import Unsigned, key, new_key, sign, verify
from voice.errors import ConfigError

NOW = 1_800_000_000
BODY = b'{"test": 2432232314}'
ONE, TWO = key(new_key()), key(new_key())


def why(fields: dict[str, str], body: bytes = BODY, now_s: float = NOW) -> str:
    with pytest.raises(Unsigned) as error:
        verify({"crm": [ONE]}, fields, body, now_s)
    return error.value.why


def test_it_is_what_the_standard_says() -> None:
    fields = sign([ONE], "msg_1", NOW, BODY)
    by_hand = hmac.new(ONE, b"msg_1." + str(NOW).encode() + b"." + BODY, hashlib.sha256).digest()
    assert fields == {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": "v1," + base64.b64encode(by_hand).decode(),
    }


def test_it_is_what_the_standards_own_library_says() -> None:
    """The example of the Standard Webhooks specification's reference tests: key, id, time, body and what must come out."""
    secret = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    fields = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, BODY)
    assert fields["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_good_one() -> None:
    assert verify({"shop": [TWO], "crm": [ONE]}, sign([ONE], "m", NOW, BODY), BODY, NOW) == ("crm", "m")


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_field_that_is_missing(missing: str) -> None:
    fields = sign([ONE], "m", NOW, BODY)
    del fields[missing]
    assert why(fields) == "missing"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("webhook-id", "a b"), ("webhook-id", "x" * 256), ("webhook-id", "é"), ("webhook-timestamp", "1e9"), ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "٣٣٣"), ("webhook-timestamp", "9" * 40), ("webhook-timestamp", " 1"), ("webhook-signature", "v1,é"),
    ],
)  # fmt: skip
def test_a_field_that_is_none(field: str, value: str) -> None:
    assert why(sign([ONE], "m", NOW, BODY) | {field: value}) == "malformed"


@pytest.mark.parametrize(("off_s", "expected"), [(-301, "old"), (301, "future"), (-3600, "old"), (10**9, "future")])
def test_a_wrong_clock(off_s: int, expected: str) -> None:
    assert why(sign([ONE], "m", NOW + off_s, BODY)) == expected


@pytest.mark.parametrize("off_s", [-300, -1, 0, 1, 300])
def test_a_clock_that_is_right_enough(off_s: int) -> None:
    verify({"crm": [ONE]}, sign([ONE], "m", NOW + off_s, BODY), BODY, NOW)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_byte_that_is_another(at: int, change: int) -> None:
    other = BODY[:at] + bytes([BODY[at] ^ change]) + BODY[at + 1 :]
    assert why(sign([ONE], "m", NOW, BODY), other) == "wrong"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "n"}, {"webhook-timestamp": str(NOW + 1)}, {"webhook-signature": "v1,"}, {"webhook-signature": "v1"},
        {"webhook-signature": "v2,AAAA"}, {"webhook-signature": "v1,AAAA v1,BBBB"}, {"webhook-signature": "," * 1000},
    ],
)  # fmt: skip
def test_anything_else_that_is_another(change: dict[str, str]) -> None:
    assert why(sign([ONE], "m", NOW, BODY) | change) == "wrong"


def test_the_same_signature_under_another_version_does_not_hold() -> None:
    fields = sign([ONE], "m", NOW, BODY)
    assert why(fields | {"webhook-signature": fields["webhook-signature"].replace("v1,", "v1a,")}) == "wrong"


def test_a_key_is_changed_without_a_pause() -> None:
    both = {"crm": [ONE, TWO]}
    for keys in ([ONE], [TWO], [ONE, TWO], [TWO, key(new_key())]):
        assert verify(both, sign(keys, "m", NOW, BODY), BODY, NOW)[0] == "crm"
    assert why(sign([TWO], "m", NOW, BODY)) == "wrong"


def test_many_signatures_cost_no_more_than_some() -> None:
    fields = sign([ONE], "m", NOW, BODY)
    flood = " ".join(["v1,AAAA"] * 10_000)
    assert why(fields | {"webhook-signature": f"{flood} {fields['webhook-signature']}"}) == "wrong"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "whsec_AAAA",
        "secret",
        "whsec_" + "é" * 40,
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_!!!!" + "A" * 40,
    ],
)
def test_a_key_that_is_none_is_not_shown(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        key(text)
    assert len(text) < 7 or text not in str(error.value)
