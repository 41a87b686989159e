"""The bell: nothing lost, nothing doubled, order kept per producer, a full queue counted."""

import select
import threading

import pytest

from native.bell import Bell, Kind


def readable(bell: Bell) -> bool:
    return bool(select.select([bell], [], [], 0)[0])


def test_what_is_rung_is_taken_in_order_with_its_fields() -> None:
    bell = Bell(8)
    bell.put(7, Kind.KEY, sample=160, value=-3, detail=ord("5"))
    bell.put(8, Kind.PROMPT_CUT, sample=1)
    first, second = bell.take()
    assert first[:5] == (7, Kind.KEY, 160, -3, ord("5"))
    assert second[:3] == (8, Kind.PROMPT_CUT, 1)
    assert second[5] >= first[5] > 0


def test_the_eventfd_is_readable_exactly_while_something_waits() -> None:
    bell = Bell(8)
    assert not readable(bell)
    bell.put(1, 1)
    bell.put(1, 2)
    assert readable(bell)
    assert len(bell.take()) == 2
    assert not readable(bell)
    bell.put(1, 3)
    assert readable(bell)


def test_a_limited_take_leaves_the_bell_ringing() -> None:
    bell = Bell(8)
    for n in range(5):
        bell.put(n, 1)
    assert [e[0] for e in bell.take(2)] == [0, 1]
    assert readable(bell)
    assert [e[0] for e in bell.take()] == [2, 3, 4]


def test_a_full_queue_drops_the_newest_and_counts_it() -> None:
    bell = Bell(4)
    for n in range(6):
        bell.put(n, 1)
    assert bell.lost == 2
    assert [e[0] for e in bell.take()] == [0, 1, 2, 3]
    bell.put(9, 1)
    assert [e[0] for e in bell.take()] == [9]


@pytest.mark.parametrize("capacity", [1, 0, -1, 1 << 21])
def test_a_capacity_out_of_range_is_refused(capacity: int) -> None:
    with pytest.raises(ValueError, match="capacity"):
        Bell(capacity)


def test_four_producers_lose_and_double_nothing() -> None:
    bell = Bell(4096)

    def ring(line: int) -> None:
        for n in range(900):
            bell.put(line, 1, sample=n)

    threads = [threading.Thread(target=ring, args=(line,)) for line in range(4)]
    for thread in threads:
        thread.start()
    seen: dict[int, list[int]] = {line: [] for line in range(4)}
    while any(thread.is_alive() for thread in threads) or readable(bell):
        for event in bell.take():
            seen[event[0]].append(event[2])
    assert bell.lost == 0
    assert all(samples == list(range(900)) for samples in seen.values())
