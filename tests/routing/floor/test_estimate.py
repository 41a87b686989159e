"""What is told of waiting, held against a queue that is lived through: callers come, operators take as long as they take."""

from __future__ import annotations

import heapq
import random
from collections import deque

import pytest

from routing.floor.estimate import Figures, estimate, of_sums, shares, times

NOW_MS = 1_800_000_000_000


def figures(**more: float) -> Figures:
    return Figures(**{"servers": 4.0, "ready": 0, "mean_s": 180.0, "spread": 0.5, "at_ms": NOW_MS, **more})  # type: ignore[arg-type]


def lived(seed: int, servers: int, sigma: float, load: float, calls: int = 4000) -> list[tuple[float, float, float]]:
    """A queue with one line: (low, high, what it came to) of everybody who had to wait. Handling times are lognormal, mean 180 s."""
    dice = random.Random(seed)
    mu = 5.193 - sigma * sigma / 2  # ln 180
    free, now, recent, told = [0.0] * servers, 0.0, deque([180.0] * 5, maxlen=100), []
    begins: list[float] = []
    for _ in range(calls):
        now += dice.expovariate(servers / 180.0 * load)
        begin = max(now, heapq.heappop(free))
        took = dice.lognormvariate(mu, sigma)
        heapq.heappush(free, begin + took)
        recent.append(took)
        ahead = sum(1 for other in begins[-500:] if other > now)
        begins.append(begin)
        if begin > now:
            mean, spread = times(list(recent)[:-1])
            guess = estimate(ahead, figures(servers=servers, mean_s=mean, spread=spread), NOW_MS)
            assert guess is not None
            told.append((guess.low_s, guess.high_s, begin - now))
    return told


@pytest.mark.parametrize("servers", [2, 10])
@pytest.mark.parametrize("sigma", [0.4, 1.0])
def test_it_is_true_for_four_of_five_callers(servers: int, sigma: float) -> None:
    told = lived(7, servers, sigma, load=0.97, calls=1500)
    assert len(told) > 300
    inside = sum(low <= real <= high for low, high, real in told) / len(told)
    beyond = sum(real > high for _, high, real in told) / len(told)
    assert inside >= 0.70
    assert beyond <= 0.20


def test_it_grows_with_those_ahead_and_shrinks_with_operators() -> None:
    highs = [estimate(ahead, figures(), NOW_MS).high_s for ahead in range(20)]  # type: ignore[union-attr]
    assert highs == sorted(highs)
    assert estimate(5, figures(servers=8.0), NOW_MS).high_s < estimate(5, figures(), NOW_MS).high_s  # type: ignore[union-attr]


@pytest.mark.parametrize("unknown", [figures(servers=0.0), figures(mean_s=0.0), figures(at_ms=NOW_MS - 60_000), None])
def test_where_nothing_is_known_nothing_is_told(unknown: Figures | None) -> None:
    assert estimate(3, unknown, NOW_MS) is None


def test_who_finds_somebody_free_hardly_waits() -> None:
    guess = estimate(0, figures(ready=1, mean_s=0.0), NOW_MS)
    assert guess is not None
    assert (guess.low_s, guess.high_s) == (0.0, 10.0)


def test_a_range_is_one() -> None:
    for ahead in range(50):
        for spread in (0.0, 0.3, 1.0, 9.0):
            guess = estimate(ahead, figures(spread=spread), NOW_MS)
            assert guess is not None
            assert 0 <= guess.low_s < guess.high_s


def test_few_times_are_no_mean() -> None:
    assert times([100.0] * 4) == (0.0, 0.0)
    assert times([100.0, 200.0, 100.0, 200.0, 150.0]) == of_sums(5, 750.0, 122_500.0)


def test_who_serves_two_queues_is_shared_out_by_who_waits() -> None:
    serves = {"anna": ["a", "b"], "boris": ["a"]}
    assert shares(serves, {"a": 3, "b": 1}) == {"a": 1.75, "b": 0.25}
    assert shares({"anna": ["a"]}, {}) == {"a": 1.0}


def shared(seed: int, load: float, calls: int) -> list[tuple[float, float, float]]:
    """Two queues, two operators for each and two for both; whoever is free takes the oldest of what he can. As `lived`."""
    dice = random.Random(seed)
    serves = {"a1": ["a"], "a2": ["a"], "b1": ["b"], "b2": ["b"], "c1": ["a", "b"], "c2": ["a", "b"]}
    waiting: dict[str, list[tuple[float, tuple[float, float] | None]]] = {"a": [], "b": []}
    took = {queue: [180.0] * 5 for queue in waiting}
    ends, told = list[tuple[float, str, str, float]](), list[tuple[float, float, float]]()
    coming, come, busy = 0.0, 0, set[str]()
    while come < calls:
        if not ends or coming < ends[0][0]:
            now, coming, come = coming, coming + dice.expovariate(6 / 180 * load), come + 1
            queue, guess = dice.choice("ab"), None
            if not any(queue in queues and name not in busy for name, queues in serves.items()):
                counts = {one: len(line) + (one == queue) for one, line in waiting.items()}
                mean, spread = times(took[queue][-100:])
                found = estimate(
                    len(waiting[queue]), figures(servers=shares(serves, counts)[queue], mean_s=mean, spread=spread), NOW_MS
                )
                assert found is not None
                guess = (found.low_s, found.high_s)
            waiting[queue].append((now, guess))
        else:
            now, name, queue, service = heapq.heappop(ends)
            busy.discard(name)
            took[queue].append(service)
        while pairs := [
            (waiting[one][0][0], one, name)
            for name, queues in serves.items()
            if name not in busy
            for one in queues
            if waiting[one]
        ]:
            _, queue, name = min(pairs)
            came, guess = waiting[queue].pop(0)
            if guess is not None:
                told.append((*guess, now - came))
            service = dice.lognormvariate(5.193 - 0.245, 0.7)
            busy.add(name)
            heapq.heappush(ends, (now + service, name, queue, service))
    return told


@pytest.mark.parametrize("load", [0.8, 1.0])
def test_it_is_true_where_operators_serve_two_queues(load: float) -> None:
    told = shared(3, load, 800)
    assert len(told) > 300
    assert sum(low <= real <= high for low, high, real in told) / len(told) >= 0.75
    assert sum(real > high for _, high, real in told) / len(told) <= 0.15
