"""Why somebody could not be reached, by what his side says."""

from __future__ import annotations

import pytest

from routing.switchboard.legs import answering, reason


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (486, "busy"), (600, "busy"), (480, "no_answer"), (408, "no_answer"), (487, "no_answer"), (603, "rejected"), (403, "rejected"),
        (401, "rejected"), (404, "unreachable"), (484, "unreachable"), (500, "unreachable"), (503, "unreachable"), (604, "unreachable"),
    ],
)  # fmt: skip
def test_reasons(status: int, why: str) -> None:
    assert reason(status) == why


def test_headers_by_which_telephones_answer_by_themselves() -> None:
    assert dict(answering("sip:hotline@192.0.2.1")) == {
        "Call-Info": "<sip:hotline@192.0.2.1>;answer-after=0",
        "Alert-Info": "<http://127.0.0.1>;info=alert-autoanswer;delay=0",
    }
