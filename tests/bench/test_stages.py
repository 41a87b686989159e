"""What the time of a slow trial went into: in order, from the caller's moment to what he heard, and nobody's words."""

from bench.stages import Trial, between, slowest, told

MS = 1_000_000
NOTES = [
    {"who": "house", "what": "Your parcel is on its way.", "at_ns": 1431 * MS},
    {"who": "event", "what": "speech began", "at_ns": 400 * MS},
    {"who": "event", "what": "speech ended", "at_ns": 1402 * MS, "silence_ms": 400.0},
    {"who": "caller", "what": "where is my parcel", "at_ns": 1430 * MS},
    {"who": "house", "what": "It comes on Friday.", "at_ns": 1433 * MS},
    {"who": "event", "what": "hung up", "at_ns": 1900 * MS},
]


def test_stages_lie_in_order_between_both_ends() -> None:
    stages = between((1000 * MS, "last sample said"), (1452 * MS, "first reply packet"), NOTES)
    assert stages == (
        (0.0, "last sample said"),
        (402.0, "silence of 400 ms over"),
        (430.0, "understood"),
        (431.0, "prompt queued"),
        (452.0, "first reply packet"),
    )


def test_the_slowest_come_first_and_read_as_a_line() -> None:
    stages = between((1000 * MS, "last sample said"), (1452 * MS, "first reply packet"), [])
    trials = [Trial(20.0, "a"), Trial(52.04, "b, slt", stages), Trial(30.0, "c"), Trial(10.0, "d")]
    found = slowest(trials)
    assert [one["what"] for one in found] == ["b, slt", "c", "a"]
    assert told(found[0]) == "52 ms (b, slt): 0 last sample said | 452 first reply packet"
    assert told(found[1]) == "30 ms (c)"
