"""How long somebody will wait: a range, from what is known at this moment, or nothing at all. Pure.

c operators who are in service free themselves c times as often as one does; the k-th departure from now is taken as gamma distributed, with a mean and a
spread by recent handling times (for exponential times that is the Erlang distribution, exactly). What is told are its 10th and 90th percentile: of ten
callers one waits for less, one for longer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.floor.records import Estimate, Record

Z = 1.2816  # of the normal distribution, at 90 %
ANSWER_S = 10.0  # within which a free operator has the call
ENOUGH = 5  # handling times from which one may speak of a mean
FRESH_MS = 30_000


@dataclass(frozen=True, slots=True)
class Figures(Record):
    """Of one queue. servers: operators in service for it, each counted by the share that others leave of him. ready: free at this moment.

    mean_s, spread: of recent handling times, the spread as variance over mean squared; 0 for a mean that nobody knows.
    """

    servers: float
    ready: int
    mean_s: float
    spread: float
    at_ms: int


def times(values: Sequence[float]) -> tuple[float, float]:
    """Mean and spread of handling times; 0, 0 where there are too few."""
    return of_sums(len(values), math.fsum(values), math.fsum(value * value for value in values))


def of_sums(count: int, total: float, squares: float) -> tuple[float, float]:
    """The same, of their count, their sum and the sum of their squares."""
    if count < ENOUGH or total <= 0:
        return 0.0, 0.0
    mean = total / count
    return mean, max(0.0, squares / count - mean * mean) / (mean * mean)


def estimate(ahead: int, figures: Figures | None, now_ms: int) -> Estimate | None:
    """For whom so many are ahead; None where nobody is in service, or nothing is known of how long that takes."""
    if figures is None or now_ms - figures.at_ms > FRESH_MS:
        return None
    if ahead < figures.ready:
        return Estimate(0.0, ANSWER_S)
    if figures.servers <= 0 or figures.mean_s <= 0:
        return None
    departures = ahead - figures.ready + 1
    # Many operators together free themselves at random times, however even each one's own are: a superposition of renewal processes is
    # like Poisson's for less than one handling time, and as even as each of them after several (Cox and Smith 1954).
    own = min(max(figures.spread, 0.1), 3.0)
    spread = own + (1 - own) * math.exp(-departures / figures.servers)
    shape = departures / spread
    scale = figures.mean_s / figures.servers * spread
    return Estimate(round(scale * _quantile(shape, -Z), 1), round(scale * _quantile(shape, Z), 1))


def _quantile(shape: float, z: float) -> float:
    """Of the gamma distribution of scale 1 (Wilson and Hilferty 1931); below a shape of 1, where that fails, by its own beginning."""
    if shape < 1 and z < 0:
        return float((0.1 * math.gamma(shape + 1)) ** (1 / shape))
    return float(shape * max(0.0, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3)


def shares(serves: Mapping[str, Sequence[str]], waiting: Mapping[str, int]) -> dict[str, float]:
    """How many operators each queue has, where those of several queues are shared out by how many wait in each. serves: queues by operator."""
    found: dict[str, float] = {}
    for queues in serves.values():
        total = sum(waiting.get(queue, 0) for queue in queues)
        for queue in queues:
            # Whoever comes to an empty queue has what nobody else waits for.
            mine = waiting.get(queue, 0)
            found[queue] = found.get(queue, 0.0) + (mine / total if mine else 1 / (total + 1))
    return found
