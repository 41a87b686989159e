"""What is made from flows for people: the JSON Schema for editors, and the picture."""

from __future__ import annotations

import json
import xml.etree.ElementTree as Xml
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import load
from ivr.flow.drawing import BOX_HEIGHT, BOX_WIDTH, draw
from ivr.flow.fields import FIELDS
from ivr.flow.layout import layout
from ivr.flow.schema import schema

ROOT = Path(__file__).parents[2]
FLOWS = [
    ROOT / "ivr" / "flows" / "hotline.yaml",
    ROOT / "tests/ivr/flows/menu.yaml",
    ROOT / "tests/ivr/flows/korean.yaml",
    ROOT / "bench/flow.yaml",
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_every_flow_of_ours_is_valid(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("path", "value"),
    [(("steps", 0, "kind"), "sey"), (("steps", 0, "nxt"), "x"), (("slots", "order", "kind"), "digit"), (("resume", "mode"), "perhaps"), (("flows",), 1)],
)  # fmt: skip
def test_a_mistake_is_found_by_an_editor_too(path: tuple[str | int, ...], value: object) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    flow = yaml.safe_load(FLOWS[0].read_text(encoding="utf-8"))
    place = flow
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert not jsonschema.Draft202012Validator(schema()).is_valid(flow)


def test_the_schema_knows_every_kind_of_step() -> None:
    whole = json.loads(json.dumps(schema()))
    assert {f"step_{kind}" for kind in FIELDS} <= set(whole["$defs"])


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_the_picture_shows_every_step_and_no_two_boxes_meet(path: Path) -> None:
    flow = load(path)
    picture = draw(flow)
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", ""), "nothing is fetched from elsewhere"
    root = Xml.fromstring(picture)
    titles = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "id"]
    assert sorted(filter(None, titles)) == sorted(flow.steps)
    assert [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "title"] == [flow.name]
    width, height = (float(root.get(name, "0")) for name in ("width", "height"))
    boxes = [(float(box.get("x", "")), float(box.get("y", ""))) for box in root.iter(f"{SVG}rect")]
    assert all(0 <= x <= width - BOX_WIDTH and 0 <= y <= height - BOX_HEIGHT for x, y in boxes)
    for (x, y), (right, low) in ((one, other) for at, one in enumerate(boxes) for other in boxes[at + 1 :]):
        assert abs(x - right) >= BOX_WIDTH or abs(y - low) >= BOX_HEIGHT


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=20))
def test_any_graph_has_a_layout(edges: list[tuple[str, str]]) -> None:
    placed = layout(list("abcdefgh"), edges, box_width=100, gap=10, row_height=80)
    rows: dict[float, list[float]] = {}
    for point in placed.boxes.values():
        rows.setdefault(point.y, []).append(point.x)
    for row in rows.values():
        assert all(other - one >= 100 for one, other in pairwise(sorted(row)))
    for (source, target), points in placed.edges.items():
        assert (points[0], points[-1]) == (placed.boxes[source], placed.boxes[target])
    assert all(0 < point.x < placed.width and 0 < point.y < placed.height for point in placed.boxes.values())


def test_what_many_ways_lead_to_stands_in_their_boxes_and_no_label_lies_on_another() -> None:
    root = Xml.fromstring(draw(load(FLOWS[0])))
    outs = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "out" and text.text]
    assert "→ more" in outs
    assert "through → operator" in outs
    assert len(list(root.iter(f"{SVG}path"))) < 80, "the picture is no ball of wool"
    labels = [
        (float(one.get("x", "")), float(one.get("y", "")), one.text or "")
        for one in root.iter(f"{SVG}text")
        if one.get("class") == "label"
    ]
    for at, (x, y, text) in enumerate(labels):
        for right, low, other in labels[at + 1 :]:
            assert abs(y - low) > 10 or abs(x - right) > (len(text) + len(other)) * 2.5, (text, other)


def test_parts_that_nothing_ties_stand_side_by_side() -> None:
    placed = layout(list("abcdef"), [("a", "b"), ("c", "d"), ("d", "e")], box_width=100, gap=10, row_height=80)
    assert max(placed.boxes[name].x for name in "ab") + 100 <= min(placed.boxes[name].x for name in "cde")
    assert placed.boxes["f"].y > placed.boxes["e"].y
