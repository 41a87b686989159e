"""One key, once: however the twins of a press are interleaved, each press counts once."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from voice.events import KeySource
from voice.keypad import KEYS, WINDOW_NS, Keypad

MS = 1_000_000
INFO, RFC4733, INBAND = KeySource.INFO, KeySource.RFC4733, KeySource.INBAND


def presses(*reports: tuple[str, KeySource, int]) -> str:
    """What a keypad makes of reports (key, source, ms), in order of time."""
    keypad = Keypad()
    return "".join(key for key, source, ms in sorted(reports, key=lambda report: report[2]) if keypad.press(key, source, ms * MS))


def test_three_ways_of_one_press_are_one_key() -> None:
    assert presses(("5", RFC4733, 0), ("5", INBAND, 40), ("5", INFO, 130)) == "5"


def test_two_presses_by_one_way_are_two_keys() -> None:
    assert presses(("5", RFC4733, 0), ("5", RFC4733, 120)) == "55"


def test_what_is_no_key_is_none() -> None:
    assert presses(("F", INFO, 0), ("", INFO, 1), ("55", INFO, 2), ("!", INFO, 3)) == ""
    assert presses(("a", INFO, 0), ("A", RFC4733, 10)) == "a", "A to D are keys, however they are written"


def test_a_press_much_later_is_another_one_whichever_way_it_came() -> None:
    assert presses(("5", RFC4733, 0), ("5", INBAND, WINDOW_NS // MS + 1)) == "55"


def test_other_keys_between_do_not_matter() -> None:
    assert presses(("1", RFC4733, 0), ("2", RFC4733, 100), ("1", INBAND, 150), ("2", INBAND, 250), ("3", INFO, 260)) == "123"


# A person presses at most ten keys a second; the same key again needs a pause, too.
KEY = st.sampled_from(sorted(KEYS))
WAYS = st.sets(st.sampled_from(KeySource), min_size=1)


@given(keys=st.lists(KEY, max_size=12), gaps=st.data(), ways=WAYS)
@example(keys=["5", "5", "5"], gaps=None, ways={RFC4733, INBAND, INFO})
def test_any_interleaving_of_twins_gives_each_press_once(
    keys: list[str], gaps: st.DataObject | None, ways: set[KeySource]
) -> None:
    """Every way reports every press, each in its own order and with its own delay below half a second."""

    def draw(strategy: st.SearchStrategy[int], otherwise: int) -> int:
        return gaps.draw(strategy) if gaps is not None else otherwise

    at, times = 0, []
    for _ in keys:
        at += draw(st.integers(90, 400), 100)
        times.append(at)
    reports = []
    for way in sorted(ways):
        last = 0
        for key, pressed in zip(keys, times, strict=True):
            last = max(last + 1, pressed + draw(st.integers(0, 500), 3 * len(way)))
            reports.append((key, way, last))
    assert sorted(presses(*reports)) == sorted(keys)


@given(keys=st.lists(KEY, max_size=20), way=st.sampled_from(KeySource), gap_ms=st.integers(1, 2000))
def test_one_way_alone_is_believed(keys: list[str], way: KeySource, gap_ms: int) -> None:
    assert presses(*((key, way, number * gap_ms) for number, key in enumerate(keys))) == "".join(keys)
