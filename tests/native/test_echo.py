"""What the line gives back of a prompt is known by its shape; a caller who talks, over an echo too, is none."""

import numpy as np

from bench.disturbances import resonance
from bench.tones import pcm16
from native.bell import Bell, Kind
from native.echo import Echo
from native.line import Line
from native.playlist import Pcm

LATE = 6  # frames


def talk(seed: int, frames: int, level: float = 4000.0) -> np.ndarray:
    """Syllables of a voice: a wandering pitch through a mouth that opens and closes, a row a frame."""
    rng, at = np.random.default_rng(seed), np.arange(frames * 160)
    pitch = 110 + 40 * rng.random() + 20 * np.sin(at / 3000 + seed)
    phase, mouth = np.cumsum(2 * np.pi * pitch / 8000), 0.5 + 0.5 * np.sin(at / 1800 + seed)
    sound = 0.02 * rng.standard_normal(len(at))
    for k in range(1, 26):
        resonances = ((1.0, 350 + 350 * mouth, 200), (0.6, 2100 - 900 * mouth, 250), (0.25, 2700, 300))
        loud = sum(share * np.exp(-(((k * pitch - place) / width) ** 2)) for share, place, width in resonances)
        sound += loud * np.sin(k * phase + rng.random())
    return np.asarray(level * sound * (0.1 + np.abs(np.sin(at / 640)))).clip(-32000, 32000).reshape(-1, 160)


def whisper(seed: int, frames: int, level: float = 2500.0) -> np.ndarray:
    """Syllables without a pitch."""
    breath = np.random.default_rng(seed).standard_normal(frames * 160)
    sound = resonance(breath, 700, 250) + 0.6 * resonance(breath, 1500, 250)
    return np.asarray(level * sound / sound.std() * (0.1 + np.abs(np.sin(np.arange(len(sound)) / 640)))).reshape(-1, 160)


def found(prompt: np.ndarray, came: np.ndarray) -> float:
    echo = Echo()
    return float(np.mean([echo.feed(pcm16(out), pcm16(back, "mu")) for out, back in zip(prompt, came, strict=True)]))


def test_a_soft_late_copy_is_an_echo_and_another_voice_is_none() -> None:
    prompt, caller = talk(1, 150), talk(2, 150, 1200.0)
    back = np.roll(prompt.ravel(), LATE * 160 + 37).reshape(-1, 160) * 0.06
    assert found(prompt, back) > 0.85
    assert found(prompt, caller) < 0.1
    assert found(prompt, caller + back) < 0.25
    assert found(np.zeros_like(prompt), caller) == 0


def begun(came: np.ndarray, prompt: np.ndarray) -> tuple[bool, bool]:
    """(a turn began, the prompt stood still) while `came` comes back or a caller talks."""
    bell = Bell()
    line = Line(bell, 1)
    line.play(Pcm(pcm16(prompt.ravel())), 1, pause_on_speech=True)
    for frame in came:
        line.put(pcm16(frame, "mu"))
        line.get()
    kinds = [kind for _, kind, *_ in bell.take()]
    return Kind.SPEECH_BEGAN in kinds, Kind.PROMPT_PAUSED in kinds


def test_an_echo_pauses_no_prompt_and_a_caller_does() -> None:
    prompt = talk(1, 150)
    back = np.zeros_like(prompt)
    back[LATE:] = prompt[:-LATE] * 0.06
    assert begun(back, prompt) == (False, False)
    assert begun(back + talk(2, 150, 1500.0), prompt) == (True, True)


def stood_still(came: np.ndarray) -> list[Kind]:
    """What becomes of a prompt while this comes in."""
    bell = Bell()
    line = Line(bell, 1)
    line.play(Pcm(pcm16(talk(1, 150).ravel())), 1, pause_on_speech=True)
    for frame in came:
        line.put(pcm16(frame, "mu"))
        line.get()
    return [Kind(kind) for _, kind, *_ in bell.take() if kind in (Kind.PROMPT_PAUSED, Kind.PROMPT_RESUMED)]


def test_a_noise_that_goes_on_does_not_hold_the_prompt_and_a_voice_in_it_does() -> None:
    quiet = np.zeros((20, 160))
    breath = whisper(8, 50)
    assert stood_still(np.concatenate([quiet, breath])) == [Kind.PROMPT_PAUSED, Kind.PROMPT_RESUMED]
    assert stood_still(np.concatenate([quiet, talk(2, 50, 3000.0)])) == [Kind.PROMPT_PAUSED]
    after = np.concatenate([quiet, breath[:16], talk(2, 40, 5000.0)])
    assert stood_still(after) == [Kind.PROMPT_PAUSED, Kind.PROMPT_RESUMED, Kind.PROMPT_PAUSED]


def test_a_noise_that_comes_again_pauses_no_prompt_again() -> None:
    quiet, burst = np.zeros((20, 160)), np.random.default_rng(5).normal(0, 2500, (14, 160))
    cough = np.concatenate([quiet, burst, quiet[:9], burst, quiet[:9], burst, quiet])
    assert stood_still(cough) == [Kind.PROMPT_PAUSED, Kind.PROMPT_RESUMED]


def looks(came: np.ndarray, *, over: bool = True, falters: bool = False, goes_on: bool = False) -> list[int]:
    """The frames after which a look is asked for: at a voice that goes on, or at one that falters. goes_on: the first lets the prompt go on."""
    bell = Bell()
    line = Line(bell, 1)
    if over:
        line.play(Pcm(pcm16(talk(1, 150).ravel())), 1, pause_on_speech=True)
    found: list[int] = []
    for at, frame in enumerate(came):
        line.put(pcm16(frame, "mu"))
        line.get()
        found += [at for _, kind, *_, detail, _, _ in bell.take() if kind == Kind.SPEECH_LASTED and detail == falters]
        if goes_on and len(found) == 1:
            line.resume()
    return found


def test_a_voice_over_a_prompt_is_looked_at_twice_while_that_stands_still() -> None:
    quiet, voice = np.zeros((20, 160)), talk(2, 60, 3000.0)
    first, again = looks(np.concatenate([quiet, voice[:30], quiet]))
    assert 30 <= first <= 37, "a quarter of a second after it began"
    assert again == first + 4
    assert looks(np.concatenate([quiet, voice])) == [first, again], "and that is all, as long as it stands still"
    assert looks(np.concatenate([quiet, voice]), goes_on=True)[:2] == [first, first + 11], (
        "what comes after a murmur is looked at"
    )
    (falters,) = looks(np.concatenate([quiet, voice[:30], quiet]), falters=True)
    assert 52 <= falters <= 54, "60 ms after its end"
    assert looks(np.concatenate([quiet, voice[:10], quiet])) == [], "one that is over by then is looked at when it falters"
    assert looks(np.concatenate([quiet, voice]), over=False) == []
    assert looks(np.concatenate([quiet, np.random.default_rng(5).normal(0, 2500, (50, 160))])) == []


def test_a_pitch_is_what_a_voice_has_and_a_dull_noise_has_not() -> None:
    def pitched(came: np.ndarray) -> float:
        echo, prompt = Echo(), talk(1, len(came))
        return float(
            np.mean([(echo.feed(pcm16(out), pcm16(row)), echo.pitched)[1] for out, row in zip(prompt, came, strict=True)])
        )

    white = np.random.default_rng(6).normal(0, 2000, 100 * 160)
    dull = np.convolve(white, 0.97 ** np.arange(200), mode="same") / 6
    assert pitched(talk(3, 100)) > 0.8
    assert pitched(white.reshape(-1, 160)) < 0.05
    assert pitched(dull.reshape(-1, 160)) < 0.1
