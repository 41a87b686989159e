"""Who hears whom, without the library: what is wished stays wished, whatever happens to slots."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.sip.matrix import NOWHERE, Matrix


class Bridge:
    """A conference bridge that knows its connections by slot, and complains about a slot that is not there."""

    def __init__(self) -> None:
        self.slots: set[int] = set()
        self.links: set[tuple[int, int]] = set()

    def connect(self, one: int, other: int) -> None:
        assert {one, other} <= self.slots
        self.links.add((one, other))

    def disconnect(self, one: int, other: int) -> None:
        assert {one, other} <= self.slots
        self.links.discard((one, other))

    def move(self, matrix: Matrix, leg: int, old: int, new: int) -> None:
        """The leg's stream is made anew: its old slot goes, with all its connections."""
        self.slots.discard(old)
        self.links = {link for link in self.links if old not in link}
        if new != NOWHERE:
            self.slots.add(new)
        matrix.moved(leg, new)


def three() -> tuple[Bridge, Matrix]:
    bridge = Bridge()
    matrix = Matrix(bridge.connect, bridge.disconnect)
    for leg in (1, 2, 3):
        bridge.move(matrix, leg, NOWHERE, leg * 10)
    return bridge, matrix


EVERYBODY = [(one, other) for one in (1, 2, 3) for other in (1, 2, 3) if one != other]


def test_three_hear_each_other_and_one_leaves() -> None:
    bridge, matrix = three()
    matrix.hear((1, 2, 3), EVERYBODY)
    assert len(bridge.links) == 6
    matrix.gone(2)
    bridge.links = {link for link in bridge.links if 20 not in link}
    assert bridge.links == {(10, 30), (30, 10)}
    assert matrix.pairs(2) == set()


def test_a_listener_is_not_heard() -> None:
    bridge, matrix = three()
    matrix.hear((1, 2), [(1, 2), (2, 1)])
    matrix.hear((1, 2, 3), [(1, 2), (2, 1), (1, 3), (2, 3)])
    assert bridge.links == {(10, 20), (20, 10), (10, 30), (20, 30)}
    matrix.part(3)
    assert bridge.links == {(10, 20), (20, 10)}


def test_a_pair_with_others_stays_when_some_are_put_through_anew() -> None:
    bridge, matrix = three()
    matrix.hear((1, 3), [(1, 3)])
    matrix.hear((1, 2), [(1, 2), (2, 1)])
    matrix.hear((1, 2), [])
    assert bridge.links == {(10, 30)}


def test_a_leg_without_sound_is_put_through_when_its_sound_comes() -> None:
    bridge = Bridge()
    matrix = Matrix(bridge.connect, bridge.disconnect)
    matrix.hear((1, 2), [(1, 2), (2, 1)])
    bridge.move(matrix, 1, NOWHERE, 10)
    assert not bridge.links
    bridge.move(matrix, 2, NOWHERE, 20)
    assert bridge.links == {(10, 20), (20, 10)}
    bridge.move(matrix, 2, 20, NOWHERE)  # put on hold by the other side
    bridge.move(matrix, 2, NOWHERE, 7)
    assert bridge.links == {(10, 7), (7, 10)}


def test_a_stranger_among_those_put_through_is_a_mistake() -> None:
    _, matrix = three()
    with pytest.raises(ValueError, match="3"):
        matrix.hear((1, 2), [(1, 3)])


LEGS = st.integers(1, 4)
PAIRS = st.lists(st.tuples(LEGS, LEGS), max_size=8)


@settings(max_examples=50)
@given(st.lists(st.one_of(PAIRS, st.tuples(LEGS, st.booleans())), max_size=30))
def test_what_is_connected_is_always_what_is_wished_as_far_as_there_is_sound(story: list[object]) -> None:
    """An order, a stream made anew or a stream that stops, in any sequence."""
    bridge = Bridge()
    matrix = Matrix(bridge.connect, bridge.disconnect)
    slots = dict.fromkeys(range(1, 5), NOWHERE)
    wished: set[tuple[int, int]] = set()
    fresh = 100
    for act in story:
        if isinstance(act, tuple):
            leg, sounds = act
            fresh += 1
            new = fresh if sounds else NOWHERE
            bridge.move(matrix, leg, slots[leg], new)
            slots[leg] = new
        else:
            assert isinstance(act, list)
            wished = {(one, other) for one, other in act if one != other}
            matrix.hear(range(1, 5), act)
        live = {(slots[one], slots[other]) for one, other in wished if NOWHERE not in (slots[one], slots[other])}
        assert bridge.links == live
