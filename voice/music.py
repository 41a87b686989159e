"""Music on hold, composed here: soft struck bars over four chords, the same for ever. No recording of anybody's is in it.

A loop of `BARS` bars, given in pieces of one phrase each, so that it goes on with the next phrase after an announcement. What
rings on at the end is folded into the beginning: the loop has no seam. Quiet (about -27 dBov), for one speaks over nothing here
but waits.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from voice.errors import ConfigError, SpeechError
from voice.speech.cache import read_only
from voice.speech.mouth import Clip
from voice.speech.protocol import Samples
from voice.speech.wav import parse

BEAT_S = 0.6  # a hundred to the minute
BEATS = 4
BARS = 16
PHRASE_BARS = 4
LEVEL_DBOV = -27.0
RING_S = 2.4  # how long a note is heard

# Chords as MIDI notes, a bar each: I vi IV V, then with other turns; the bass is an octave below the first.
CHORDS = (
    (60, 64, 67, 71), (57, 60, 64, 67), (53, 57, 60, 64), (55, 59, 62, 65),
    (60, 64, 67, 74), (52, 55, 59, 62), (53, 57, 60, 67), (55, 60, 62, 65),
    (57, 60, 64, 71), (53, 57, 60, 64), (60, 64, 67, 71), (55, 59, 62, 69),
    (53, 57, 60, 64), (55, 59, 62, 65), (52, 55, 59, 64), (60, 64, 67, 72),
)  # fmt: skip
# Which notes of the chord are struck on the eighths of a bar; -1 is a rest.
FIGURES = ((0, 2, 1, 3, 2, 1, 3, -1), (0, 1, 2, -1, 3, 2, 1, 2))
# Upper notes of the melody, degrees of the chord an octave above, on beats 1 and 3; -1 rests.
MELODY = ((3, 2), (2, -1), (1, 3), (2, -1))


def hertz(note: int) -> float:
    """Equal temperament, A4 (69) at 440 Hz (ISO 16)."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def struck(hz: float, rate_hz: int, length_s: float, loudness: float) -> np.ndarray:
    """One note of a soft bar: a fundamental and two partials that die sooner; nothing near half the rate."""
    at = np.arange(int(length_s * rate_hz)) / rate_hz
    sound = np.zeros(len(at))
    for partial, share, decay in ((1.0, 1.0, 1.6), (2.0, 0.22, 3.0), (3.98, 0.12, 7.0)):
        if hz * partial < 0.42 * rate_hz:
            sound += share * np.sin(2 * np.pi * hz * partial * at) * np.exp(-decay * at)
    sound *= np.minimum(1.0, at / 0.012)  # no click where it is struck
    sound *= np.minimum(1.0, (length_s - at) / 0.25)
    return np.asarray(loudness * sound)


@cache
def composed(rate_hz: int) -> Samples:
    """The whole loop, int16 mono. About 0.1 s the first time."""
    beat = round(BEAT_S * rate_hz)
    whole = BARS * BEATS * beat
    sound = np.zeros(whole + int(RING_S * rate_hz) + rate_hz)

    def strike(note: int, at: int, loudness: float, length_s: float = RING_S) -> None:
        tone = struck(hertz(note), rate_hz, length_s, loudness)
        sound[at : at + len(tone)] += tone

    for bar, chord in enumerate(CHORDS):
        begin = bar * BEATS * beat
        strike(chord[0] - 12, begin, 0.55, RING_S)
        for eighth, degree in enumerate(FIGURES[bar % 2]):
            if degree >= 0:
                strike(chord[degree], begin + eighth * beat // 2, 0.34 if eighth % 2 else 0.42)
        for half, degree in enumerate(MELODY[bar % 4]):
            if degree >= 0:
                strike(chord[degree] + 12, begin + half * 2 * beat, 0.3)
    loop = sound[:whole]
    tail = sound[whole:]
    loop[: len(tail)] += tail
    loop *= 10 ** (LEVEL_DBOV / 20) / np.sqrt((loop**2).mean())
    return read_only((np.clip(loop, -0.9, 0.9) * 32767).astype(np.int16))


def music(rate_hz: int, file: str = "") -> tuple[Clip, ...]:
    """The loop in phrases, to be played one after another and then from the first again.

    file: a WAV file (mono, 16 bit, at this rate) instead. Raises ConfigError for one that cannot be used.
    """
    if not file:
        loop, phrase = composed(rate_hz), PHRASE_BARS * BEATS * round(BEAT_S * rate_hz)
        return tuple(
            Clip(loop[at : at + phrase], rate_hz, "", "music", f"music {rate_hz} {at}") for at in range(0, len(loop), phrase)
        )
    try:
        wav = parse(Path(file).expanduser().read_bytes())
        samples = wav.samples()
    except (OSError, SpeechError) as error:
        raise ConfigError(
            f"the music on hold {file} cannot be used: {error}",
            "It is a WAV file, mono, 16 bit PCM; empty plays the house's own.",
        ) from None
    if wav.rate_hz != rate_hz or not len(samples):
        raise ConfigError(f"the music on hold {file} is {wav}", f"The telephone wants {rate_hz} Hz (rate_hz of [sip]).")
    return (Clip(read_only(samples), rate_hz, "", "music", f"music {file} {rate_hz} {len(samples)}"),)
