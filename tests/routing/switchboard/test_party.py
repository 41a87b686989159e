"""Who hears whom, as a table."""

from __future__ import annotations

import pytest

from routing.switchboard.party import hearing

C, O, S, L = "caller", "operator", "second", "listener"  # noqa: E741


def both(*pair: str) -> set[tuple[str, str]]:
    one, other = pair
    return {(one, other), (other, one)}


@pytest.mark.parametrize(
    ("front", "second", "held", "consulting", "pairs"),
    [
        (None, None, False, False, set()),
        (O, None, False, False, both(C, O)),
        (O, None, True, False, set()),
        (O, S, True, True, both(O, S)),
        (O, S, False, False, both(C, O) | both(C, S) | both(O, S)),
        (O, S, True, False, set()),
        (None, S, True, True, set()),
        (None, S, False, False, both(C, S)),
    ],
)
def test_who_hears_whom(front: str | None, second: str | None, held: bool, consulting: bool, pairs: set[tuple[str, str]]) -> None:
    found = hearing(C, front, second, [], held=held, consulting=consulting)
    assert len(found) == len(set(found))
    assert set(found) == pairs
    listened = set(hearing(C, front, second, [L], held=held, consulting=consulting)) - pairs
    assert listened == {(one, L) for one in (C, front, second) if one}, "who listens hears all, and is heard by nobody"
