"""Recording: two lines fed by hand, frame by frame as the bridge does it; sinks that remember, and one that is full."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from native.bell import Bell
from native.line import Line
from tests.peers.tone import tone_dbov
from voice.errors import HotlineError
from voice.speech import wav
from voice.tape import Recorder, Tape

RATE = 8000
FRAME = 160


def frame(hz: float, at: int) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * hz * (np.arange(FRAME) + at) / RATE)).astype(np.int16)


class Talk:
    """Two lines and their common clock: each tick gives each line a frame, as the bridge does."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.caller, self.operator = Line(self.bell, 1, RATE), Line(self.bell, 2, RATE)
        self.at = 0

    def tick(self, caller_hz: float, operator_hz: float, frames: int = 50) -> None:
        for _ in range(frames):
            for line, hz in ((self.caller, caller_hz), (self.operator, operator_hz)):
                line.put(frame(hz, self.at) if hz else np.zeros(FRAME, np.int16))
            self.at += FRAME


def sides(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    both = np.frombuffer(data, "<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


def test_each_side_is_in_its_channel_and_both_in_step() -> None:
    talk = Talk()
    talk.caller.put(frame(300, 0))  # the caller was there before
    tape = Tape(talk.caller)
    tape.join(talk.operator)
    talk.tick(500, 700)
    left, right = sides(tape.drain(last=True))
    assert len(left) == len(right) == RATE
    assert np.array_equal(left, np.concatenate([frame(500, at) for at in range(0, RATE, FRAME)]))
    assert np.array_equal(right, np.concatenate([frame(700, at) for at in range(0, RATE, FRAME)]))


def test_draining_at_intervals_gives_the_same_as_draining_once() -> None:
    talk, pieces = Talk(), []
    tape = Tape(talk.caller)
    tape.join(talk.operator)
    for _ in range(20):
        talk.tick(500, 700, 7)
        pieces.append(tape.drain())
    pieces.append(tape.drain(last=True))
    left, right = sides(b"".join(pieces))
    assert len(left) == 20 * 7 * FRAME
    assert tape.missed == 0
    assert np.array_equal(left, np.concatenate([frame(500, at) for at in range(0, len(left), FRAME)]))
    assert np.array_equal(right, np.concatenate([frame(700, at) for at in range(0, len(left), FRAME)]))


def test_a_pause_is_silence_on_both_sides_and_nothing_beside_it() -> None:
    talk = Talk()
    tape = Tape(talk.caller)
    tape.join(talk.operator)
    talk.tick(500, 700)
    tape.pause()
    assert tape.paused
    talk.tick(900, 1100)
    first = tape.drain()  # in the middle of the pause
    talk.tick(900, 1100)
    tape.go_on()
    talk.tick(500, 700)
    left, right = sides(first + tape.drain(last=True))
    for side, hz in ((left, 500), (right, 700)):
        assert tone_dbov(side[:RATE], hz, RATE) > -20
        assert not side[RATE : 3 * RATE].any()
        assert tone_dbov(side[3 * RATE :], hz, RATE) > -20


def test_one_who_joins_later_is_heard_from_then_on_and_two_are_mixed() -> None:
    talk = Talk()
    third = Line(talk.bell, 3, RATE)
    tape = Tape(talk.caller)
    talk.tick(500, 700)
    tape.join(talk.operator)
    tape.join(third)
    for at in range(50):
        talk.tick(500, 700, 1)
        third.put(frame(1100, at * FRAME))
    _, right = sides(tape.drain(last=True))
    assert not right[:RATE].any()
    assert tone_dbov(right[RATE:], 700, RATE) > -20
    assert tone_dbov(right[RATE:], 1100, RATE) > -20


def test_a_line_that_stopped_holds_nobody_up() -> None:
    talk = Talk()
    tape = Tape(talk.caller)
    tape.join(talk.operator)
    talk.tick(500, 700, 10)
    for at in range(100):
        talk.caller.put(frame(500, at * FRAME))
    left, right = sides(tape.drain())
    assert len(left) == 110 * FRAME - RATE // 2
    assert right[: 10 * FRAME].any()
    assert not right[10 * FRAME :].any()


def test_what_came_too_late_is_silence_and_counted() -> None:
    talk = Talk()
    tape = Tape(talk.caller)
    talk.tick(500, 0, 50 * 20)  # the ring holds 8 s and some
    left, _ = sides(tape.drain(last=True))
    assert len(left) == 20 * RATE
    assert tape.missed == 20 * RATE


class Kept:
    """A sink in memory; `full` after so many bytes."""

    def __init__(self, full: int = 1 << 30) -> None:
        self.data, self.full, self.whole = b"", full, False

    def write(self, data: bytes) -> None:
        if len(self.data) + len(data) > self.full:
            raise HotlineError("the disk is full")
        self.data += data

    def seal(self) -> str:
        self.whole = True
        return "id"


@pytest.mark.parametrize(("hz", "told_ms"), [(0, [1000, 1000, 500]), (500, [1500, 1000])])
async def test_a_recording_is_kept_in_pieces_that_end_in_a_pause_or_half_as_late_again(hz: int, told_ms: list[int]) -> None:
    talk, sinks, told = Talk(), [], []

    def sink() -> Kept:
        sinks.append(Kept())
        return sinks[-1]

    recorder = Recorder(talk.caller, sink, lambda sound, ms: told.append((sound, ms)), told.append, piece_s=1.0, every_s=0.001)
    recorder.tape.join(talk.operator)
    for _ in range(5):
        talk.tick(hz, hz, 25)
        await recorder.flush()
    await recorder.close()
    assert all(sink.whole for sink in sinks)
    assert told == [("id", ms) for ms in told_ms]
    left, _ = sides(b"".join(sink.data for sink in sinks))
    assert np.array_equal(left, np.concatenate([frame(hz, at) for at in range(0, len(left), FRAME)]))


async def test_a_full_disk_ends_the_recording_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    talk, told = Talk(), []
    recorder = Recorder(talk.caller, lambda: Kept(1000), lambda *_: told.append("sealed"), told.append, every_s=0.001)
    talk.tick(500, 700)
    while not recorder.broken:
        await asyncio.sleep(0.001)
    await recorder.flush()
    await recorder.close()
    assert told == ["the disk is full"]
    assert "a recording ends here" in caplog.text


def test_stereo_of_unknown_length_can_be_read() -> None:
    data = np.arange(8, dtype="<i2").tobytes()
    read = wav.parse(wav.head(RATE, channels=2) + data)
    assert (read.channels, read.rate_hz, read.bits, read.data) == (2, RATE, 16, data)
