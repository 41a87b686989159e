"""Finds the weights of native/voicing.pyx, and writes them: a GRU by backpropagation through time, in numpy.

    python -m bench.voice_training build/asterisk/sounds/{en,es,fr,it}* --music build/asterisk/moh --kept-back build/asterisk/sounds/ru*

Each folder is one speaker's recordings (WAV, 8 kHz). Those in use are of Debian's packages asterisk-core-sounds-en-wav, -es-wav, -fr-wav and
-it-wav (Allison Smith, June Wallack, Carlo Flora; CC BY-SA 3.0), the music of asterisk-moh-opsound-wav; -ru-wav (Maxim Topal; CC BY 3.0) was
kept back to judge by. Neither the voices nor the noises of bench/voicing.py are among them. About a quarter of an hour on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.program import command
from bench.voice_noises import Lines, people, read
from native.voicing import Voicing

UNITS = 24
FRAMES = 800  # of a line: 16 s
LINES, KEPT_BACK, BATCH = 2400, 160, 48
RATE, WARM, CLIP = 5e-3, 100, 1.0
AFTER_FRAMES = 8  # so soon after a voice a mistake counts twice: it makes every reply late
Weights = dict[str, np.ndarray]
HEAD = """/* The weights of native/voicing.pyx, as bench/voice_training.py found them from recorded prompts of Allison Smith, June Wallack and
   Carlo Flora (Debian's asterisk-core-sounds-*-wav, CC BY-SA 3.0) and music of asterisk-moh-opsound-wav; nothing of either is in them. */
"""


def bent(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The units' own near-tanh, and its slope."""
    near = np.clip(x, -3, 3)
    square = near * near
    under = 27 + 9 * square
    value = near * (27 + square) / under
    slope = np.where(np.abs(x) < 3, ((27 + 3 * square) - 18 * near * value) / under, 0)
    return value, slope


def sigmoid(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    value, slope = bent(x / 2)
    return 0.5 + 0.5 * value, 0.25 * slope


def fresh(features: int, rng: np.random.Generator) -> Weights:
    def normal(rows: int, columns: int) -> np.ndarray:
        return (rng.standard_normal((rows, columns)) / np.sqrt(rows)).astype(np.float32)

    zeros = np.zeros(3 * UNITS, dtype=np.float32)
    state = 0.7 * normal(UNITS, 3 * UNITS)
    return {
        "input": normal(features, 3 * UNITS),
        "state": state,
        "bias": zeros,
        "output": normal(UNITS, 1)[:, 0],
        "offset": zeros[:1],
    }


def odds(weights: Weights, told: np.ndarray) -> np.ndarray:
    """Logarithm of the odds, lines x frames, as native/voicing.pyx has them."""
    return _forward(weights, told)[0]


def _forward(weights: Weights, told: np.ndarray) -> tuple[np.ndarray, list[tuple[np.ndarray, ...]]]:
    before = np.zeros((len(told), UNITS), dtype=np.float32)
    gates = told @ weights["input"] + weights["bias"]
    found, kept = [], []
    for at in range(told.shape[1]):
        own = before @ weights["state"]
        both, slopes = sigmoid(gates[:, at, : 2 * UNITS] + own[:, : 2 * UNITS])
        reset, hold = both[:, :UNITS], both[:, UNITS:]
        new, slope = bent(gates[:, at, 2 * UNITS :] + reset * own[:, 2 * UNITS :])
        after = hold * before + (1 - hold) * new
        kept.append((before, reset, hold, slopes, new, slope, own[:, 2 * UNITS :]))
        found.append(after)
        before = after
    states = np.stack(found, axis=1)
    kept.append((states,))
    return states @ weights["output"] + weights["offset"][0], kept


def gradient(weights: Weights, told: np.ndarray, labels: np.ndarray) -> tuple[float, Weights]:
    """Mean cross-entropy, and its slope for every weight."""
    found, kept = _forward(weights, told)
    (states,) = kept.pop()
    counts = np.ones_like(labels)
    for ago in range(1, AFTER_FRAMES + 1):
        counts[:, ago:][labels[:, :-ago] > labels[:, ago:]] = 2
    loss = float(np.mean(counts * (np.maximum(found, 0) - found * labels + np.log1p(np.exp(-np.abs(found))))))
    wrong = (counts * (1 / (1 + np.exp(-found)) - labels) / labels.size).astype(np.float32)
    slopes: Weights = {"output": np.einsum("lt,ltu->u", wrong, states), "offset": np.array([wrong.sum()], dtype=np.float32)}
    to_state, back = np.zeros_like(weights["state"]), np.zeros((len(told), UNITS), dtype=np.float32)
    to_gates = np.empty((*told.shape[:2], 3 * UNITS), dtype=np.float32)
    for at in reversed(range(told.shape[1])):
        before, reset, hold, gate_slopes, new, slope, own = kept[at]
        back = back + wrong[:, at, None] * weights["output"]
        to_new = back * (1 - hold) * slope
        here = to_gates[:, at]
        here[:, 2 * UNITS :] = to_new
        here[:, :UNITS] = to_new * own * gate_slopes[:, :UNITS]
        here[:, UNITS : 2 * UNITS] = back * (before - new) * gate_slopes[:, UNITS:]
        to_own = np.concatenate([here[:, : 2 * UNITS], to_new * reset], axis=1)
        to_state += before.T @ to_own
        back = back * hold + to_own @ weights["state"].T
    slopes["state"] = to_state
    slopes["input"] = np.einsum("ltf,ltg->fg", told, to_gates, optimize=True)
    slopes["bias"] = to_gates.sum((0, 1))
    return loss, slopes


def train(told: np.ndarray, labels: np.ndarray, kept_back: tuple[np.ndarray, np.ndarray], steps: int) -> Weights:
    """Adam with a cosine schedule; tells now and then how the speakers kept back are judged."""
    rng = np.random.default_rng(0)
    weights = fresh(told.shape[2], rng)
    first, second = ({name: np.zeros_like(value) for name, value in weights.items()} for _ in range(2))
    losses: list[float] = []
    for step in range(1, steps + 1):
        some = rng.integers(0, len(told), BATCH)
        loss, slopes = gradient(weights, told[some], labels[some])
        losses.append(loss)
        length = float(np.sqrt(sum(float(np.sum(slope**2)) for slope in slopes.values())))
        rate = RATE * min(1, step / WARM) * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
        for name, slope in slopes.items():
            slope = slope * min(1.0, CLIP / length)
            first[name] = 0.9 * first[name] + 0.1 * slope
            second[name] = 0.999 * second[name] + 0.001 * slope**2
            way = first[name] / (1 - 0.9**step) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
            weights[name] = (weights[name] - rate * way).astype(np.float32)
        if step % (steps // 10) == 0:
            wrong = np.mean((odds(weights, kept_back[0]) > 0) != (kept_back[1] > 0.5))
            print(f"{step}: loss {np.mean(losses[-steps // 10 :]):.4f}, wrong of those kept back {100 * wrong:.2f} %", flush=True)
    return weights


def header(weights: Weights) -> str:
    """The C of native/voicing_weights.h."""

    def row(values: np.ndarray) -> str:
        return "{" + ", ".join(f"{value:.4f}f" for value in values) + "}"

    text = HEAD
    for name in ("input", "state"):
        rows = "".join(f"    {row(values)},\n" for values in weights[name])
        text += f"static const float VOICING_{name.upper()}[][{3 * UNITS}] = {{\n{rows}}};\n"
    for name in ("bias", "output"):
        text += f"static const float VOICING_{name.upper()}[] = {row(weights[name])};\n"
    return text + f"static const float VOICING_OFFSET = {weights['offset'][0]:.4f}f;\n"


def lines(folders: Sequence[Path], music: list[np.ndarray], count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What the units are told of so many lines, and the labels."""
    drawn = Lines(people(folders), music, seed)
    told, labels = [], []
    for _ in range(count):
        sound, spoken = drawn.draw(FRAMES)
        told.append(Voicing().describe(sound))
        labels.append(spoken)
    return np.stack(told), np.stack(labels).astype(np.float32)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("speakers", nargs="+", type=Path)
    parser.add_argument("--kept-back", nargs="+", type=Path, required=True)
    parser.add_argument("--music", type=Path, required=True, help="a folder of WAVs; its last is kept back")
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--to", type=Path, default=Path("native/voicing_weights.h"))
    given = parser.parse_args(arguments)
    *music, last = [read(path) for path in sorted(given.music.rglob("*.wav"))]
    kept_back = lines(given.kept_back, [last], KEPT_BACK, 2)
    told, labels = lines(given.speakers, music, LINES, 1)
    given.to.write_text(header(train(told, labels, kept_back, given.steps)))
    return 0


if __name__ == "__main__":
    command(main)
