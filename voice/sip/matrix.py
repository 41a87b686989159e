"""Who hears whom: the calls that are put through to one another, as directed pairs, kept true whatever the sound does.

A pair is (speaker, listener), by the numbers of their legs. Streams are made anew by every offer and answer, and a leg without
sound has no slot: what is wanted is kept apart from what is connected, and connected again each time a leg's slot changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

NOWHERE = -1  # PJSUA_INVALID_ID: no sound now
Pair = tuple[int, int]


class Matrix:
    """The wishes of one endpoint. connect, disconnect: of two slots, one way; repeating either is harmless."""

    def __init__(self, connect: Callable[[int, int], None], disconnect: Callable[[int, int], None]) -> None:
        self._connect, self._disconnect = connect, disconnect
        self._wanted: set[Pair] = set()
        self._made: set[Pair] = set()
        self._slots: dict[int, int] = {}

    def hear(self, among: Collection[int], pairs: Iterable[Pair]) -> None:
        """Among these legs exactly these pairs from now on. Pairs with others stay."""
        wanted = {(one, other) for one, other in pairs if one != other}
        here = set(among)
        if strange := {leg for pair in wanted for leg in pair} - here:
            raise ValueError(f"legs {sorted(strange)} are not among those that are put through")
        for pair in [pair for pair in self._wanted if here.issuperset(pair)]:
            if pair not in wanted:
                self._end(pair)
        self._wanted |= wanted
        for pair in wanted:
            self._make(pair)

    def part(self, leg: int) -> None:
        """Nobody hears this leg any more, and it hears nobody."""
        for pair in self.pairs(leg):
            self._end(pair)

    def moved(self, leg: int, slot: int) -> None:
        """The leg's sound was made anew in this slot, or there is none (NOWHERE). What was connected went with the old one."""
        self._made -= self.pairs(leg)
        if slot == NOWHERE:
            self._slots.pop(leg, None)
            return
        self._slots[leg] = slot
        for pair in self.pairs(leg):
            self._make(pair)

    def gone(self, leg: int) -> None:
        """The leg has ended. Its slot goes with it and may be another's soon: nothing is disconnected."""
        self.moved(leg, NOWHERE)
        self._wanted -= self.pairs(leg)

    def pairs(self, leg: int) -> set[Pair]:
        """Every pair in which this leg is."""
        return {pair for pair in self._wanted if leg in pair}

    def __len__(self) -> int:
        return len(self._wanted)

    def _make(self, pair: Pair) -> None:
        one, other = (self._slots.get(leg, NOWHERE) for leg in pair)
        if NOWHERE not in (one, other) and pair not in self._made:
            self._connect(one, other)
            self._made.add(pair)

    def _end(self, pair: Pair) -> None:
        self._wanted.discard(pair)
        if pair in self._made:
            self._made.discard(pair)
            self._disconnect(self._slots[pair[0]], self._slots[pair[1]])
