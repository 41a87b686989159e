"""The pictures of the figures: well-formed, every figure in its row, good and bad told apart by words too."""

from pathlib import Path
from xml.etree import ElementTree

from bench.harness import Measurement
from bench.plots import curves, draw, latencies, overview

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


def test_no_curve_without_one() -> None:
    assert curves([GOOD, BAD, Measurement("calls.highest_house", 0.0, "calls", detail={"curve": []})]) == ""


def test_nothing_measured_draws_nothing(tmp_path: Path) -> None:
    assert draw([], tmp_path) == []
    assert [path.name for path in draw([GOOD], tmp_path)] == ["overview.svg"]
