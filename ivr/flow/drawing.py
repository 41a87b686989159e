"""A flow as a picture (SVG 1.1): every step a box, every way an arrow with what leads there; self-contained, light and dark.

Ways to the person who helps, to the end of the talk, and to steps that many lead to stand in the box instead of being drawn.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

from ivr.flow.layout import Edge, Layout, Point, layout
from ivr.flow.parts import LAST, WORKING, Flow, Step, StepKind

BOX_WIDTH, BOX_HEIGHT, GAP, ROW_HEIGHT = 226.0, 84.0, 26.0, 144.0
TEXT_LETTERS, LABEL_LETTERS = 34, 24
HEAD_HEIGHT, FOOT_HEIGHT = 92.0, 46.0
HUB = 4  # a step that as many lead to: the first way is drawn, the others stand in their boxes
LETTER_WIDTH, LABEL_HEIGHT = 6.3, 14.0
LEGEND = (
    ("say", "says"),
    ("ask", "asks"),
    ("work", "looks up, sends, calls back"),
    ("think", "decides, sets"),
    ("last", "ends"),
    ("private", "only with a proof"),
)

_STYLE = """
svg{background:#fbfaf7;font:12px ui-sans-serif,system-ui,"Segoe UI",sans-serif;color:#26241f}
text{fill:#26241f}.title{font-size:22px;font-weight:650}.id{font-weight:600;font-size:13px}.kind,.label,.out{fill:#6b665b;font-size:11px}
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
    hidden = _hidden(flow, names, ways)
    drawn = [(name, to) for name in names for to, _ in ways[name] if (name, to) not in hidden]
    placed = layout(names, drawn, box_width=BOX_WIDTH, gap=GAP, row_height=ROW_HEIGHT)
    width, height = (
        max(placed.width, 700.0, 2 * GAP + LETTER_WIDTH * len(_commands(flow))),
        placed.height + HEAD_HEIGHT + FOOT_HEIGHT,
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img">',
        f"<title>{_plain(flow.name)} {flow.version}</title><style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
        _head(flow),
        f'<g transform="translate(0 {HEAD_HEIGHT:.0f})">',
        *_arrows(placed, ways, hidden),
        *(_box(flow, flow.steps[name], placed.boxes[name], ways[name], hidden) for name in names),
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


def _hidden(flow: Flow, names: Sequence[str], ways: Mapping[str, Sequence[tuple[str, str]]]) -> set[Edge]:
    """Ways that stand in the box of their step: to where commands lead from everywhere, and all but the first one to a hub."""
    everywhere = {flow.person, *(one.goto for one in flow.commands if one.goto and flow.steps[one.goto].kind in LAST)}
    into: dict[str, list[str]] = {}
    for name in names:
        for to, _ in ways[name]:
            into.setdefault(to, []).append(name)
    hubs = {to: sources for to, sources in into.items() if len(sources) >= HUB}
    return {
        (name, to) for to, sources in into.items() for name in sources if to in everywhere or (to in hubs and name != sources[0])
    }


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
    """The title, and what the colours mean."""
    languages = ", ".join(flow.languages)
    parts = [
        f'<text class="title" x="{GAP}" y="36">{_plain(flow.name)}</text>',
        f'<text class="kind" x="{GAP}" y="54">version {flow.version} · {languages} · {len(flow.steps)} steps</text>',
    ]
    x = GAP
    for kind, meaning in LEGEND:
        parts.append(
            f'<g class="{kind}"><path class="box" d="M{x:.0f} 66h16v12h-16z"/><text class="kind" x="{x + 22:.0f}" y="76">{meaning}</text></g>'
        )
        x += 44 + len(meaning) * LETTER_WIDTH
    return "".join(parts)


def _commands(flow: Flow) -> str:
    named = [f"{one.id}{f' [{one.key}]' if one.key else ''}{f' → {one.goto}' if one.goto else ''}" for one in flow.commands]
    return f"everywhere: {', '.join(named)}"


def _foot(flow: Flow, height: float) -> str:
    return f'<text class="kind" x="{GAP}" y="{height - 18:.0f}">{_plain(_commands(flow))}</text>'


def _box(flow: Flow, step: Step, at: Point, ways: Sequence[tuple[str, str]], hidden: set[Edge]) -> str:
    left, top = at.x - BOX_WIDTH / 2, at.y - BOX_HEIGHT / 2
    classes = " ".join(
        filter(
            None, (_CLASSES.get(step.kind, "say"), "private" if step.verified else "", "start" if step.id == flow.start else "")
        )
    )
    told = _wrapped(_told(flow, step), TEXT_LETTERS)
    out = [f"{why} → {to}" if why else f"→ {to}" for to, why in ways if (step.id, to) in hidden]
    slot = f" · {step.slot}" if step.slot else ""
    lines = [
        f'<g class="{classes}"><title>{_plain(_spoken(flow, step))}</title>',
        f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{BOX_WIDTH:.0f}" height="{BOX_HEIGHT:.0f}" rx="{10 if step.asks else 4}"/>',
        f'<text class="id" x="{left + 10:.1f}" y="{top + 19:.1f}">{_plain(_short(step.id, 22))}</text>',
        f'<text class="kind" x="{left + BOX_WIDTH - 10:.1f}" y="{top + 19:.1f}" text-anchor="end">{_plain(_short(step.kind + slot, 20))}</text>',
        *(f'<text x="{left + 10:.1f}" y="{top + 37 + 15 * row:.1f}">{_plain(line)}</text>' for row, line in enumerate(told)),
        f'<text class="out" x="{left + 10:.1f}" y="{top + 74:.1f}">{_plain(_short(", ".join(out), TEXT_LETTERS + 2))}</text></g>',
    ]
    return "".join(lines)


def _told(flow: Flow, step: Step) -> str:
    """What the step says or does, in a line or two; values in a text by their names."""
    said = step.text or step.message
    if said:
        return re.sub(r"\{\{\s*(\w+).*?\}\}", r"‹\1›", said.texts.get(flow.languages[0], ""))
    if step.cases:
        return "by " + ", ".join(dict.fromkeys(name for case in step.cases for name in case.test.names))
    values = [f"{name} = {one.source}" for name, one in step.values.items()]
    forgotten = [f"forget {', '.join(step.forget)}"] if step.forget else []
    return "; ".join((*values, *forgotten)) or step.connector or step.method or step.reason


def _wrapped(text: str, letters: int) -> list[str]:
    """Two lines at most."""
    first, *rest = textwrap.wrap(text, letters) or [""]
    return [first, _short(" ".join(rest), letters)] if rest else [first]


def _spoken(flow: Flow, step: Step) -> str:
    """Everything that the step says, for who points at it."""
    texts = [f"{code}: {prompt.texts[code]}" for prompt in step.prompts() for code in flow.languages if code in prompt.texts]
    return "\n".join((f"{step.id} ({step.kind}, line {step.place.line})", *texts))


def _arrows(placed: Layout, ways: Mapping[str, Sequence[tuple[str, str]]], hidden: set[Edge]) -> Iterator[str]:
    """The ways, then what leads there: labels lie over all lines, and none over another or over a box."""
    taken = [(at.x - BOX_WIDTH / 2, at.y - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT) for at in placed.boxes.values()]
    paths = {edge: _ends(points) for edge, points in placed.edges.items()}
    for path in paths.values():
        yield f'<path class="way" marker-end="url(#tip)" d="{_curve(path)}"/>'
    for name, row in ways.items():
        for to, why in row:
            if why and (name, to) in paths and (name, to) not in hidden:
                yield _label(why, paths[name, to], taken)


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


def _label(text: str, path: Sequence[Point], taken: list[tuple[float, float, float, float]]) -> str:
    """On the way, where it is free: rather near the end of the first row, there ways have parted."""
    width = len(text) * LETTER_WIDTH
    wishes = [_on(one, other, t) for one, other in pairwise(path) for t in (0.72, 0.6, 0.82, 0.48, 0.36)]
    free = (
        at
        for at in wishes
        if not any(_meet((at.x - width / 2, at.y - LABEL_HEIGHT / 2, width, LABEL_HEIGHT), box) for box in taken)
    )
    at = next(free, wishes[0])
    taken.append((at.x - width / 2, at.y - LABEL_HEIGHT / 2, width, LABEL_HEIGHT))
    return f'<text class="label" text-anchor="middle" x="{at.x:.1f}" y="{at.y + 4:.1f}">{_plain(text)}</text>'


def _on(one: Point, other: Point, t: float) -> Point:
    """A point of the curve between these two (a cubic Bézier, see `_curve`), t from 0 to 1."""
    middle = (one.y + other.y) / 2
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
    xs, ys = (one.x, one.x, other.x, other.x), (one.y, middle, middle, other.y)
    return Point(sum(w * x for w, x in zip(weights, xs, strict=True)), sum(w * y for w, y in zip(weights, ys, strict=True)))


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Whether two rectangles (x, y, width, height) overlap."""
    return abs(one[0] + one[2] / 2 - other[0] - other[2] / 2) < (one[2] + other[2]) / 2 and (
        abs(one[1] + one[3] / 2 - other[1] - other[3] / 2) < (one[3] + other[3]) / 2
    )


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _plain(text: str) -> str:
    return escape(text, quote=True)
