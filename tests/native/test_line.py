"""One call's sound as the clock drives it: what is heard, reported, paused and kept."""

import numpy as np
import pytest

from bench.tones import Press, dial, pcm16
from native.bell import Bell, Kind
from native.line import Line
from native.playlist import Pcm
from tests.native.test_echo import talk, whisper


def voice(ms: int, level: float = 4000.0) -> np.ndarray:
    """Something the detector takes for a voice: harmonics in a syllable's rhythm."""
    return talk(ms, ms // 20, level).ravel().astype(np.int16)


def silence(ms: int) -> np.ndarray:
    return np.zeros(ms * 8, np.int16)


def drain(bell: Bell) -> list[tuple[Kind, int, int, int]]:
    return [(Kind(kind), sample, value, detail) for _, kind, sample, value, detail, *_ in bell.take()]


def test_a_turn_is_reported_with_pre_roll_and_true_end() -> None:
    bell = Bell()
    line = Line(bell, 5)
    line.put_all(np.concatenate([silence(1000), voice(800), silence(1000)]))
    events = drain(bell)
    assert [kind for kind, *_ in events] == [Kind.SPEECH_BEGAN, Kind.SPEECH_PAUSED, Kind.SPEECH_ENDED]
    began, paused, ended = events
    assert began[1] == 8000 - 1920
    assert abs(ended[1] - 14400) <= 320
    assert (ended[2], ended[3]) == (began[1], 0)
    assert paused[1] == ended[1]


def test_a_turn_ends_although_a_steady_noise_goes_on() -> None:
    bell = Bell()
    line = Line(bell, 5)
    street = np.random.default_rng(3).normal(0, 1200, 6000 * 8)
    spoken = np.concatenate([silence(4000), voice(400, 8000), silence(100), voice(500, 8000), silence(1000)])
    line.put_all((street + spoken).clip(-32000, 32000).astype(np.int16))
    last = drain(bell)[-1]
    assert last[0] == Kind.SPEECH_ENDED
    assert abs(last[1] - 5000 * 8) <= 480


def test_a_cough_is_reported_as_too_short() -> None:
    bell = Bell()
    line = Line(bell, 5)
    line.tune(shortest_ms=200)
    line.put_all(np.concatenate([silence(400), voice(120), silence(1000)]))
    events = drain(bell)
    assert [(kind, detail & 1) for kind, _, _, detail in events[1:]] == [(Kind.SPEECH_PAUSED, 1), (Kind.SPEECH_ENDED, 1)]


def test_missing_frames_keep_the_sample_clock_going() -> None:
    line = Line(Bell(), 1)
    for _ in range(10):
        line.put(np.zeros(0, np.int16))
    assert line.position == 1600
    assert line.counters["empty"] == 10


def test_a_key_in_the_sound_stops_the_prompt_and_is_no_speech() -> None:
    bell = Bell()
    line = Line(bell, 1)
    line.play(Pcm(np.full(80000, 500, np.int16)), 3, stop_on_key=True)
    line.get()
    line.put_all(np.concatenate([silence(200), pcm16(dial([Press("7", 100)])), silence(400)]))
    line.get()
    events = drain(bell)
    assert [detail for kind, _, _, detail in events if kind == Kind.KEY] == [ord("7")]
    assert (Kind.PROMPT_CUT, 240, 3, 0) in events
    assert not line.get().any()


def test_speech_pauses_the_prompt_at_the_onset_and_it_goes_on_from_there() -> None:
    bell = Bell()
    line = Line(bell, 1)
    line.play(Pcm(np.full(80000, 500, np.int16)), 3, pause_on_speech=True)
    line.get()
    sound = np.concatenate([silence(200), voice(300)])
    for at in range(0, len(sound), 160):
        line.put(sound[at : at + 160])
        line.get()
        if any(kind == Kind.PROMPT_PAUSED for kind, *_ in drain(bell)):
            break
    assert at <= 1600 + 2 * 160, "within two frames of the first voiced one"
    assert not line.get().any()
    line.resume()
    assert line.get()[-1] == 500


def test_a_prompt_that_begins_into_the_midst_of_a_voice_waits_for_it_and_a_noise_holds_it_no_longer() -> None:
    bell = Bell()
    line = Line(bell, 1)
    said = whisper(8, 50).ravel().astype(np.int16)
    for at in range(0, len(said), 160):
        line.put(said[at : at + 160])
        line.get()
        if at == 160 * 10:
            line.play(Pcm(np.full(400, 500, np.int16)), 3, pause_on_speech=True)
            line.play(Pcm(np.full(80000, 500, np.int16)), 4, pause_on_speech=True)
    told = [(kind, value) for kind, _, value, _ in drain(bell) if kind >= Kind.PROMPT_FINISHED and kind != Kind.SPEECH_LASTED]
    assert told == [(Kind.PROMPT_PAUSED, 3), (Kind.PROMPT_RESUMED, 3), (Kind.PROMPT_FINISHED, 3)]


def test_a_reader_who_comes_too_late_is_reported() -> None:
    bell = Bell()
    line = Line(bell, 1, ring_s=1.0)
    line.put_all(silence(10_000))
    assert line.read(0, 160) is None
    assert line.read(80_000, 160) is None, "not there yet: no overrun"
    assert drain(bell) == [(Kind.OVERRUN, 0, 160, 0)]
    assert line.counters["overruns"] == 1


def test_a_prompt_of_another_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        Line(Bell(), 1).play(Pcm(np.ones(10, np.int16), 16000), 1)


def test_kept_sound_is_what_came_in() -> None:
    line = Line(Bell(), 1)
    sound = voice(500)
    line.put_all(sound)
    assert np.array_equal(line.read(1000, 2000), sound[1000:3000])
    assert line.read(3999, 100) is None
