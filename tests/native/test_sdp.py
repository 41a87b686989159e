"""Session descriptions that must not reach the SIP library, and those that must (TELEPHONY 5, SAFETY A15)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from native.sdp import FAULTS, sdp_fault
from tests.peers.raw_sip import sdp

KEY = "a=crypto:{} AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], None),
        (["a=ptime:20"], None),
        (["a=ptime:0"], None),
        (["a=ptime:200"], None),
        (["a=ptime:201"], "sdp_ptime"),
        (["A=x", "a=PTIME: 5120"], "sdp_ptime"),
        (["a=ptime:99999999999999999999999"], "sdp_ptime"),
        (["a=rtpmap:127 opus/48000/2"], None),
        (["a=rtpmap:128 opus/48000/2"], "sdp_payload"),
        (["a=fmtp:4294967295 0-16"], "sdp_payload"),
        (["m=audio 4000 RTP/AVP 0 200"], "sdp_payload"),
        (["m=audio 4000 RTP/AVP 18446744073709551616"], "sdp_payload"),
        (["m=message 4000 TCP/MSRP *"], None),
        (["m=text 4000 RTP/AVP 98 99", "a=rtpmap:99 red/1000", "a=fmtp:99 98/98/98"], None),
        (["m=text 4000 RTP/AVP 98 99", "a=rtpmap:99 red/1000", "a=fmtp:99 98/98/98/98"], "sdp_redundancy"),
        (["a=fmtp:101 0/1/2/3/4"], None),
        (["m=audio 4000 RTP/AVP 0"] * 7, None),
        (["m=audio 4000 RTP/AVP 0"] * 8, "sdp_media"),
        ([KEY.format(n) for n in range(16)], None),
        ([KEY.format(n) for n in range(17)], "sdp_crypto"),
        (["a=CRYPTO:1 x"] * 17, "sdp_crypto"),
        (["a=crypto:1 x"] * 12 + ["m=audio 4000 RTP/AVP 0"] + ["a=crypto:1 x"] * 12, None),
    ],
)
def test_a_description_is_refused_for_what_the_library_gets_wrong(lines, fault):
    assert sdp_fault(sdp(lines=lines).encode()) == fault
    assert sdp_fault(sdp(lines=lines).replace("\r\n", "\n").encode()) == fault


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], "plaintext"),
        ([KEY.format(1)], None),
        (["a=fingerprint:sha-256 00:11"], None),
        ([KEY.format(1), "m=audio 4002 RTP/AVP 0"], "plaintext"),
        ([KEY.format(1), "m=audio 0 RTP/AVP 0"], None),
        ([KEY.format(1), "m=video 4002 RTP/AVP 96"], None),
        (["m=audio 4002 RTP/SAVP 0", KEY.format(1)], "plaintext"),
    ],
)
def test_where_keys_are_required_every_audio_needs_one(lines, fault):
    assert sdp_fault(sdp(lines=lines).encode(), srtp_required=True) == fault


def test_a_session_wide_fingerprint_serves_every_medium():
    text = sdp(lines=["m=audio 4002 RTP/AVP 0"]).replace("t=0 0", "t=0 0\r\na=fingerprint:sha-256 00:11")
    assert sdp_fault(text.encode(), srtp_required=True) is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(alphabet="ma=:/ 0123456789\r\n", max_size=200).map(str.encode))
def test_any_bytes_at_all_may_be_looked_at(body):
    assert sdp_fault(body, srtp_required=True) in {None, *FAULTS}
