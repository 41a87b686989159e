"""The pictures of the figures: well-formed, every figure in its row, good and bad told apart by words too."""

from pathlib import Path
from xml.etree import ElementTree

from bench.harness import Measurement
from bench.plots import curves, draw, latencies, overview, timelines

QUANTILES = {"p50": 20.0, "p90": 30.0, "p95": 35.0, "p99": 40.0, "worst": 90.0}
GOOD = Measurement("frames.over_vad", 1.2, "x", runs=3, spread=(1.1, 1.3))
BAD = Measurement("reply.speech", 240.0, "ms p95", runs=2, spread=(200.0, 260.0), detail=QUANTILES)


def test_a_row_each_with_figure_and_verdict() -> None:
    root = ElementTree.fromstring(overview([GOOD, BAD]))
    words = " | ".join(node.text or "" for node in root.iter() if node.tag.endswith("text"))
    assert "frames.over_vad" in words
    assert "1.2 x, met" in words
    assert "240 ms p95, missed" in words


def test_worse_than_its_goal_lies_right_of_one() -> None:
    root = ElementTree.fromstring(overview([GOOD, BAD]))
    dots = [float(node.attrib["cx"]) for node in root.iter() if node.tag.endswith("circle")]
    line = next(float(n.attrib["x1"]) for n in root.iter() if n.tag.endswith("line") and n.attrib.get("stroke-opacity") == "0.9")
    assert dots[0] < line < dots[1]


def test_what_has_no_ratio_stands_at_the_end_of_the_axis_and_what_is_refused_nowhere() -> None:
    none = Measurement("keys.wrong", 0.0, "tones")
    some = Measurement("calls.lost_frames", 3.0, "frames")
    noisy = Measurement("calls.cpu", 30.0, "% of a core", refused="too busy")
    root = ElementTree.fromstring(overview([none, some, noisy]))
    dots = [float(node.attrib["cx"]) for node in root.iter() if node.tag.endswith("circle")]
    lines = [float(node.attrib["x1"]) for node in root.iter() if node.tag.endswith("line") and "stroke-width" not in node.attrib]
    assert dots == [min(lines), max(lines)]
    assert [node.text for node in root.iter() if node.tag.endswith("text")][-2:] == ["calls.cpu", "refused"]


def test_two_figures_of_the_same_trials_are_one_row() -> None:
    p50, p99 = (Measurement(f"handover.p{share}", 20.0, f"ms p{share}", detail=QUANTILES) for share in (50, 99))
    assert latencies([p50, p99]).count("<circle") == 5
    assert latencies([p50, BAD]).count("<circle") == 10


def test_percentiles_grow_to_the_right() -> None:
    root = ElementTree.fromstring(latencies([GOOD, BAD]))
    dots = [float(node.attrib["cx"]) for node in root.iter() if node.tag.endswith("circle")]
    assert dots == sorted(dots)
    assert len(dots) == 5


def test_a_line_for_each_gateway_that_ends_where_sound_was_lost() -> None:
    curve = [{"calls": 1, "core_percent": 1.0}, {"calls": 100, "core_percent": 10.0}, {"calls": 200, "core_percent": 20.0}]
    house = Measurement("calls.highest_house", 200.0, "calls", detail={"curve": curve})
    vector = Measurement("calls.highest_vector", 100.0, "calls", detail={"curve": curve[:2]})
    root = ElementTree.fromstring(curves([GOOD, house, vector]))
    ends = [node.attrib["points"].split()[-1] for node in root.iter() if node.tag.endswith("polyline")]
    far, near = (tuple(map(float, end.split(","))) for end in ends)
    assert far[0] > near[0]
    assert far[1] < near[1]
    words = " | ".join(node.text or "" for node in root.iter() if node.tag.endswith("text"))
    assert "house: 200 calls, 20 %" in words
    assert "vector: 100 calls, 10 %" in words


def test_each_slow_trial_is_a_bar_cut_at_its_stages() -> None:
    slow = {"ms": 52.0, "what": "a question", "stages": [[0, "last sample"], [402, "silence over"], [452, "first packet"]]}
    quick = {"ms": 12.0, "what": "another", "stages": [[0, "last sample"], [400, "silence over"], [412, "first packet"]]}
    picture = timelines([GOOD, Measurement("reply.speech", 52.0, "ms p95", detail={"slowest": [slow, quick]})])
    root = ElementTree.fromstring(picture)
    bars = [(float(node.attrib["x"]), float(node.attrib["width"])) for node in root.iter() if node.tag.endswith("rect")]
    assert len(bars) == 4
    assert bars[0][0] + bars[0][1] == bars[1][0], "one stage begins where the other ends"
    assert sum(width for _, width in bars[:2]) > sum(width for _, width in bars[2:])
    words = " | ".join(node.text or "" for node in root.iter() if node.tag.endswith("text"))
    assert "52 ms (a question): 0 last sample | 402 silence over | 452 first packet" in words
    assert timelines([GOOD, BAD]) == ""


def test_no_curve_without_one() -> None:
    assert curves([GOOD, BAD, Measurement("calls.highest_house", 0.0, "calls", detail={"curve": []})]) == ""


def test_nothing_measured_draws_nothing(tmp_path: Path) -> None:
    assert draw([], tmp_path) == []
    assert [path.name for path in draw([GOOD], tmp_path)] == ["overview.svg"]
