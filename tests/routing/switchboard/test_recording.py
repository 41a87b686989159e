"""Recordings of talks: both voices, each in its channel, silence where it pauses; nothing where it is not wanted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.peers.switchboard import NUMBER
from tests.peers.tone import tone_dbov
from tests.routing.switchboard.conftest import ANNA, CALLER, Floor
from tests.routing.switchboard.fakes import MUSIC, WORDS
from voice.speech import wav

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
RATE = 8000


def recorded(floor: Floor) -> tuple[np.ndarray, np.ndarray]:
    """The recording of the one talk that there was: left, right."""
    contact = floor.node.ask("talked")
    until = time.monotonic() + 20
    while (place := floor.node.ask("recording", contact=contact)) is None:
        assert time.monotonic() < until, "no recording came"
        time.sleep(0.05)
    sound = wav.parse(Path(place).read_bytes())
    assert (sound.channels, sound.rate_hz) == (2, RATE)
    both = np.frombuffer(sound.data, "<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


def seconds(side: np.ndarray, begin: float, end: float) -> np.ndarray:
    return side[int(begin * RATE) : int(end * RATE)]


def longest_silence(side: np.ndarray) -> float:
    """Seconds of the longest stretch of nothing but zeros."""
    sounding = np.flatnonzero(np.concatenate(([1], side, [1])))
    return float(np.diff(sounding).max() - 1) / RATE


def noticed(floor: Floor) -> tuple[int, int, str]:
    """A caller who has heard the notice, and talks to Anna."""
    number = floor.caller()
    floor.node.event("said", text="The talk will be recorded. If you do not want that, press 0.")
    assert floor.caller_hears(number, WORDS)
    assert floor.caller_hears(number, MUSIC), "the words are over"
    floor.node.operator("anna", floor.phones.uri("answer"))
    assignment = floor.node.claimed("anna")
    return number, floor.answers(assignment), assignment


def test_both_voices_each_in_its_channel_and_silence_where_it_paused(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"recording": "notice"})
    number, anna, assignment = noticed(floor)
    began = time.monotonic()
    assert floor.node.fact("recording")["what"] == "on"
    floor.phones.listen(anna, 1.5)
    pausing = time.monotonic()
    floor.node.give("record_pause", assignment)
    assert floor.node.fact("recording")["what"] == "paused"
    floor.phones.listen(anna, 1.5)
    floor.node.give("record_go_on", assignment)
    assert floor.node.fact("recording")["what"] == "on"
    paused_s = time.monotonic() - pausing
    floor.phones.listen(anna, 1.5)
    floor.callers.ask("hang_up", call=number)
    assert floor.node.is_empty()
    left, right = recorded(floor)
    length = len(left) / RATE
    assert 4.0 < length < time.monotonic() - began + 1.0
    for begin, end in ((0.2, 1.2), (length - 1.2, length - 0.4)):
        assert tone_dbov(seconds(left, begin, end), CALLER, RATE) > -25
        assert tone_dbov(seconds(left, begin, end), ANNA, RATE) < -50
        assert tone_dbov(seconds(right, begin, end), ANNA, RATE) > -25
        assert tone_dbov(seconds(right, begin, end), CALLER, RATE) < -50
    # Nothing at all for as long as it was paused.
    assert 1.0 < longest_silence(left) < paused_s + 0.5
    assert 1.0 < longest_silence(right) < paused_s + 0.5


def test_nothing_is_in_the_clear_on_the_disk(open_floor: Callable[..., Floor], tmp_path: Path) -> None:
    floor = open_floor(routing={"recording": "notice"})
    number, anna, _ = noticed(floor)
    floor.node.fact("recording")
    floor.phones.listen(anna, 1.5)
    floor.callers.ask("hang_up", call=number)
    assert floor.node.is_empty()
    left, _ = recorded(floor)
    [sealed] = [file for file in (tmp_path / "sound").iterdir() if len(file.name) == 32]
    content = sealed.read_bytes()
    assert seconds(left, 0.5, 0.52).tobytes() not in content
    values = np.frombuffer(content, np.uint8)
    assert values.std() > 70, "it looks like noise"


def test_one_key_refuses_it_and_the_call_goes_on(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"recording": "notice"})
    number = floor.caller()
    floor.node.event("said", text="The talk will be recorded. If you do not want that, press 0.")
    floor.callers.ask("send_keys", call=number, args=["0"])
    floor.node.event("said", text="Good. The talk is not recorded.")
    floor.node.operator("anna", floor.phones.uri("answer"))
    assignment = floor.node.claimed("anna")
    floor.answers(assignment)
    assert floor.caller_hears(number, ANNA)
    assert floor.node.nothing("fact", fact="recording", for_s=1.5)
    floor.callers.ask("hang_up", call=number)
    assert floor.node.is_empty()
    assert floor.node.ask("recording", contact=floor.node.ask("talked")) is None


def test_without_his_consent_nothing_is_kept(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"recording": "consent"})
    number, anna, _ = floor.talk()
    assert floor.node.nothing("fact", fact="recording", for_s=2.5)
    floor.callers.ask("send_keys", call=number, args=["0"])
    assert floor.node.fact("recording")["what"] == "on"
    floor.phones.listen(anna, 1.0)
    floor.callers.ask("hang_up", call=number)
    assert floor.node.is_empty()
    left, _ = recorded(floor)
    assert tone_dbov(seconds(left, 0.2, 0.8), CALLER, RATE) > -25


def test_who_has_forbidden_it_is_not_recorded_and_not_asked(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"recording": "notice"})
    floor.node.ask("forbid", number=NUMBER)
    number, anna, _ = floor.talk()
    floor.phones.listen(anna, 1.0)
    assert floor.node.nothing("said", text="The talk will be recorded. If you do not want that, press 0.", for_s=0.5)
    assert floor.node.nothing("fact", fact="recording", for_s=1)
    floor.callers.ask("hang_up", call=number)


def test_a_full_disk_ends_the_recording_and_not_the_call(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"recording": "notice"}, limit=40_000)
    number, anna, _ = noticed(floor)
    assert floor.node.fact("recording")["what"] == "on"
    assert floor.node.fact("recording", what="full")
    assert floor.caller_hears(number, ANNA)
    assert floor.operator_hears(anna, CALLER)
    floor.callers.ask("hang_up", call=number)
    assert floor.node.is_empty()
    floor.node.pardon()
