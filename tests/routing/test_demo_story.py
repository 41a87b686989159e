"""The demo's figures, from what both ends tell."""

from __future__ import annotations

from routing.caller import Act
from routing.demo.script import Expected
from routing.demo.story import Line, Story

MS = 1_000_000


def test_a_reply_is_timed_from_the_last_sound_by_the_silence_that_it_followed() -> None:
    """He says it in two pieces: the end of the first is not the one that is answered."""
    story = Story(
        [
            Line(0, "peer", "says", {"prompt": 1, "length_ms": 2000.0}),
            Line(900 * MS, "event", "speech ended", {"silence_ms": 700}),
            Line(2000 * MS, "peer", "said", {"prompt": 1}),
            Line(2420 * MS, "event", "speech ended", {"silence_ms": 400}),
            Line(2421 * MS, "house", "It is on its way.", {"prompt": "status.text"}),
            Line(2440 * MS, "peer", "house speaks"),
            Line(2900 * MS, "event", "speech ended", {"silence_ms": 400, "too_short": True}),
        ]
    )
    (turn,) = story.turns([Expected(Act("question", say="Where is it?"), "status")])
    assert (turn.reply_excess_ms, turn.end_silence_ms, turn.understood) == (40.0, 400, True)
