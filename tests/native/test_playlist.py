"""The playlist against its plain twin; pauses, soft stops, and whose memory it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from native.bell import Kind
from native.playlist import Pcm, Playlist
from tests.reference import playlist as reference

NAMES = {Kind.PROMPT_FINISHED: "finished", Kind.PROMPT_CUT: "cut", Kind.PROMPT_PAUSED: "paused", Kind.PROMPT_RESUMED: "resumed"}


def tone(count: int, value: int = 1000) -> np.ndarray:
    return np.full(count, value, np.int16)


@given(st.lists(st.tuples(st.sampled_from(["play", "pull"]), st.integers(1, 700)), max_size=60))
def test_prompts_follow_each_other_without_a_gap(steps: list[tuple[str, int]]) -> None:
    ours, plain = Playlist(), reference.Playlist()
    for number, (what, size) in enumerate(steps):
        if what == "play":
            assert ours.play(Pcm(tone(size, number + 1)), number)
            plain.play([number + 1] * size, number)
        else:
            out, news = ours.pull(size)
            assert out.tolist() == plain.pull(size)
            assert [(NAMES[kind], prompt, sample) for kind, prompt, sample in news] == plain.news
            plain.news.clear()


@given(st.integers(1, 2000), st.integers(1, 5))
def test_a_pause_goes_on_from_the_same_sample(before: int, pulls: int) -> None:
    playlist = Playlist()
    wave = np.arange(1, 4001, dtype=np.int16)
    playlist.play(Pcm(wave), 1)
    assert np.array_equal(playlist.pull(before)[0], wave[:before])
    playlist.pause()
    out, news = playlist.pull(160)
    assert news == [(Kind.PROMPT_PAUSED, 1, before)]
    assert np.all(out[80:] == 0), "silent 10 ms after the pause"
    assert all(not playlist.pull(160)[0].any() for _ in range(pulls))
    playlist.resume()
    out, news = playlist.pull(160)
    assert news == [(Kind.PROMPT_RESUMED, 1, before)]
    assert np.array_equal(out[80:], wave[before + 80 : before + 160])


def test_a_stop_fades_in_ten_milliseconds_and_tells_where() -> None:
    playlist = Playlist()
    playlist.play(Pcm(tone(1000, 8000)), 1)
    playlist.play(Pcm(tone(1000, 8000)), 2)
    playlist.pull(160)
    playlist.stop()
    playlist.play(Pcm(tone(500, 5)), 3)
    out, news = playlist.pull(160)
    assert news == [(Kind.PROMPT_CUT, 1, 240), (Kind.PROMPT_CUT, 2, 0)]
    assert np.all(np.diff(out[:80].astype(int)) <= 0)
    assert out[0] == 7901
    assert out[79] < 100
    assert np.all(out[80:] == 5), "what was ordered after the stop follows at once"


def test_stopping_a_prompt_that_stands_still_is_silent() -> None:
    playlist = Playlist()
    playlist.play(Pcm(tone(1000)), 1)
    playlist.pull(160)
    playlist.pause()
    playlist.pull(160)
    playlist.stop()
    out, news = playlist.pull(160)
    assert not out.any()
    assert news == [(Kind.PROMPT_CUT, 1, 160)]


def test_memory_is_let_go_when_a_prompt_has_ended() -> None:
    playlist, pcm = Playlist(), Pcm(tone(300))
    for prompt in range(40):
        assert playlist.play(pcm, prompt)
        playlist.pull(160)
    assert pcm.refs > 1
    playlist.pull(40 * 300)
    assert pcm.refs == 1
    playlist.play(pcm, 99)
    del playlist
    assert pcm.refs == 1


def test_the_sixty_fifth_prompt_is_refused() -> None:
    playlist, pcm = Playlist(), Pcm(tone(10))
    assert all(playlist.play(pcm, n) for n in range(64))
    assert not playlist.play(pcm, 64)
    assert pcm.refs == 65
    assert len(playlist.pull(640)[1]) == 64
    assert playlist.play(pcm, 65)


def test_an_empty_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        Pcm(np.zeros(0, np.int16))
