"""A flow as a picture (SVG 1.1): every step a box, every way an arrow with what leads there; self-contained, light and dark.

Ways to the person who helps and to the end of the talk stand in the box instead of being drawn: they leave from everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from ivr.flow.layout import Edge, Layout, Point, layout
from ivr.flow.parts import LAST, WORKING, Flow, Step, StepKind

BOX_WIDTH, BOX_HEIGHT, GAP, ROW_HEIGHT = 210.0, 64.0, 26.0, 128.0
TEXT_LETTERS, LABEL_LETTERS = 31, 24
HEAD_HEIGHT, FOOT_HEIGHT = 54.0, 46.0

_STYLE = """
svg{background:#fbfaf7;font:12px ui-sans-serif,system-ui,"Segoe UI",sans-serif;color:#26241f}
text{fill:#26241f}.id{font-weight:600;font-size:13px}.kind,.label,.out{fill:#6b665b;font-size:11px}
.label{paint-order:stroke;stroke:#fbfaf7;stroke-width:4px}
.box{fill:#fff;stroke:#b9b2a3;stroke-width:1.2}.ask .box{fill:#eef4fb;stroke:#6f97c4}.work .box{fill:#fdf3e1;stroke:#d0a24c}
.think .box{fill:#f1eefa;stroke:#9a86c9}.last .box{fill:#eaf6ec;stroke:#6bab77}.start .box{stroke-width:2.6}
.private .box{stroke-dasharray:5 3}.way{fill:none;stroke:#8d877a;stroke-width:1.2}.tip{fill:#8d877a}
@media(prefers-color-scheme:dark){svg{background:#1d1c19}text{fill:#ece8df}.kind,.label,.out{fill:#a8a294}.label{stroke:#1d1c19}
.box{fill:#2a2824;stroke:#6d675b}.ask .box{fill:#1f2c3a}.work .box{fill:#3a2f1b}.think .box{fill:#2b2638}.last .box{fill:#1f3024}}
"""
_CLASSES = {
    **dict.fromkeys((StepKind.ASK, StepKind.CHOOSE, StepKind.CONFIRM), "ask"), **dict.fromkeys(WORKING, "work"),
    **dict.fromkeys((StepKind.BRANCH, StepKind.SET), "think"), **dict.fromkeys(LAST, "last"),
}  # fmt: skip


def draw(flow: Flow) -> str:
    """The picture of this flow, as the text of an SVG file."""
    names = _order(flow)
    ways = {name: _ways(flow, flow.steps[name]) for name in names}
    drawn = [(name, to) for name in names for to, _ in ways[name] if to not in _everywhere(flow)]
    placed = layout(names, drawn, box_width=BOX_WIDTH, gap=GAP, row_height=ROW_HEIGHT)
    width, height = max(placed.width, 480.0), placed.height + HEAD_HEIGHT + FOOT_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img">',
        f"<title>{_plain(flow.name)} {flow.version}</title><style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
        _head(flow),
        f'<g transform="translate(0 {HEAD_HEIGHT:.0f})">',
        *_arrows(placed, ways),
        *(_box(flow, flow.steps[name], placed.boxes[name], ways[name]) for name in names),
        "</g>",
        _foot(flow, height),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _order(flow: Flow) -> list[str]:
    """The steps as one comes to them, the start first."""
    order: dict[str, None] = {}
    waiting = [flow.start]
    while waiting or len(order) < len(flow.steps):
        name = waiting.pop(0) if waiting else next(one for one in flow.steps if one not in order)
        if name not in order:
            order[name] = None
            waiting += [to for to, _ in _ways(flow, flow.steps[name]) if to not in order]
    return list(order)


def _everywhere(flow: Flow) -> set[str]:
    """Steps to which ways lead from everywhere, by commands."""
    return {flow.person, *(one.goto for one in flow.commands if one.goto and flow.steps[one.goto].kind in LAST)}


def _ways(flow: Flow, step: Step) -> list[tuple[str, str]]:
    """(target, what leads there) from this step; several ways to one target are one."""
    found: dict[str, list[str]] = {}
    cases = [(case.goto, case.test.source) for case in step.cases]
    choices = [(choice.goto, choice.id) for choice in step.choices if choice.goto]
    rest = [(step.next, ""), (step.missing, "none"), (step.fallback, "failed"), (step.otherwise, "else")]
    for target, why in (*cases, *choices, *rest):
        if target:
            found.setdefault(target, []).append(why)
    return [(target, _short(", ".join(filter(None, dict.fromkeys(whys))), LABEL_LETTERS)) for target, whys in found.items()]


def _head(flow: Flow) -> str:
    languages = ", ".join(flow.languages)
    return (
        f'<text class="id" x="{GAP}" y="26">{_plain(flow.name)}</text>'
        f'<text class="kind" x="{GAP}" y="43">version {flow.version} · {languages} · {len(flow.steps)} steps</text>'
    )


def _foot(flow: Flow, height: float) -> str:
    commands = [f"{one.id}{f' [{one.key}]' if one.key else ''}{f' → {one.goto}' if one.goto else ''}" for one in flow.commands]
    return f'<text class="kind" x="{GAP}" y="{height - 18:.0f}">everywhere: {_plain(", ".join(commands))}</text>'


def _box(flow: Flow, step: Step, at: Point, ways: Sequence[tuple[str, str]]) -> str:
    left, top = at.x - BOX_WIDTH / 2, at.y - BOX_HEIGHT / 2
    classes = " ".join(
        filter(
            None, (_CLASSES.get(step.kind, "say"), "private" if step.verified else "", "start" if step.id == flow.start else "")
        )
    )
    language = flow.languages[0]
    full = step.text.texts.get(language, "") if step.text else step.connector or step.method
    told = (
        full
        or " ".join(f"{name} = {one.source}" for name, one in step.values.items())
        or ", ".join(f"forget {one}" for one in step.forget)
    )
    out = [f"{why} → {to}" if why else f"→ {to}" for to, why in ways if to in _everywhere(flow)]
    slot = f" · {step.slot}" if step.slot else ""
    lines = [
        f'<g class="{classes}"><title>{_plain(_spoken(flow, step))}</title>',
        f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{BOX_WIDTH:.0f}" height="{BOX_HEIGHT:.0f}" rx="{10 if step.asks else 4}"/>',
        f'<text class="id" x="{left + 10:.1f}" y="{top + 19:.1f}">{_plain(_short(step.id, 22))}</text>',
        f'<text class="kind" x="{left + BOX_WIDTH - 10:.1f}" y="{top + 19:.1f}" text-anchor="end">{_plain(_short(step.kind + slot, 20))}</text>',
        f'<text x="{left + 10:.1f}" y="{top + 37:.1f}">{_plain(_short(told, TEXT_LETTERS))}</text>',
        f'<text class="out" x="{left + 10:.1f}" y="{top + 54:.1f}">{_plain(_short(", ".join(out), TEXT_LETTERS + 2))}</text></g>',
    ]
    return "".join(lines)


def _spoken(flow: Flow, step: Step) -> str:
    """Everything that the step says, for who points at it."""
    texts = [f"{code}: {prompt.texts[code]}" for prompt in step.prompts() for code in flow.languages if code in prompt.texts]
    return "\n".join((f"{step.id} ({step.kind}, line {step.place.line})", *texts))


def _arrows(placed: Layout, ways: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    labels = {(name, to): why for name, row in ways.items() for to, why in row}
    for edge, points in placed.edges.items():
        path = _ends(points)
        yield f'<path class="way" marker-end="url(#tip)" d="{_curve(path)}"/>'
        if labels.get(edge):
            yield _label(labels[edge], path, edge)


def _ends(points: Sequence[Point]) -> list[Point]:
    """From the rim of one box to the rim of the other."""
    first, last = points[0], points[-1]
    down = 1 if points[1].y > first.y else -1
    into = 1 if last.y > points[-2].y else -1
    return [Point(first.x, first.y + down * BOX_HEIGHT / 2), *points[1:-1], Point(last.x, last.y - into * BOX_HEIGHT / 2)]


def _curve(points: Sequence[Point]) -> str:
    """A smooth line through these points, upright at each of them."""
    parts = [f"M{points[0].x:.1f} {points[0].y:.1f}"]
    for one, other in pairwise(points):
        middle = (one.y + other.y) / 2
        parts.append(f"C{one.x:.1f} {middle:.1f} {other.x:.1f} {middle:.1f} {other.x:.1f} {other.y:.1f}")
    return "".join(parts)


def _label(text: str, path: Sequence[Point], edge: Edge) -> str:
    """In the first row on the way, nearer to its end: there ways have parted."""
    one, other = path[0], path[1]
    x, y = one.x + (other.x - one.x) * 0.86, one.y + (other.y - one.y) * 0.72
    return f'<text class="label" text-anchor="middle" x="{x:.1f}" y="{y + 4:.1f}">{_plain(text)}</text>'


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _plain(text: str) -> str:
    return escape(text, quote=True)
