"""What an INFO carries: keys as telephones write them, and what is answered (RFC 6086)."""

from __future__ import annotations

import pytest

from voice.sip.info import read_info

HEAD = "INFO sip:hotline@127.0.0.1 SIP/2.0\r\nCSeq: 2 INFO\r\n"


@pytest.mark.parametrize(
    ("kind", "body", "read"),
    [
        ("Content-Type: application/dtmf", "5", (200, "5")),
        ("content-type:application/DTMF;charset=x", "#\r\n", (200, "#")),
        ("c: application/dtmf", " d ", (200, "D")),
        ("Content-Type: application/dtmf", "10", (200, "*")),
        ("Content-Type: application/dtmf", "11", (200, "#")),
        ("Content-Type: application/dtmf", "16", (400, "")),
        ("Content-Type: application/dtmf", "555", (400, "")),
        ("Content-Type: application/dtmf-relay", "Signal=5\r\nDuration=100", (0, "")),
        ("Content-Type: application/media_control+xml", "<x/>", (0, "")),
        ("Content-Type: text/plain", "5", (415, "")),
        ("Subject: none", "5", (415, "")),
        ("Content-Length: 0", "", (200, "")),
    ],
)
def test_what_an_info_means(kind: str, body: str, read: tuple[int, str]) -> None:
    assert read_info(f"{HEAD}{kind}\r\n\r\n{body}") == read


def test_a_request_cut_short_is_only_a_question() -> None:
    assert read_info("INFO sip:x") == (200, "")
