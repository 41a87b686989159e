"""A layered drawing of a directed graph: rows by distance, few crossings, places in units of the drawing (Sugiyama's method, 1981).

Edges that span several rows go through points of their own, which keep a place in each row between; edges that lead back up are
turned for the layout only.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 12
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """Where a box's middle, or a bend of an edge, is."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Middles of all boxes, the points of every edge from source to target, and the size of the whole."""

    boxes: Mapping[str, Point]
    edges: Mapping[Edge, tuple[Point, ...]]
    width: float
    height: float


def layout(nodes: Sequence[str], edges: Sequence[Edge], *, box_width: float, gap: float, row_height: float) -> Layout:
    """Places for these nodes (the first is at the top). Edges between nodes that are not there are left out."""
    known = set(nodes)
    wanted = [edge for edge in dict.fromkeys(edges) if edge[0] in known and edge[1] in known and edge[0] != edge[1]]
    tied = [name for name in nodes if any(name in edge for edge in wanted)]
    loose = [name for name in nodes if name not in tied]
    where: dict[Hashable, Point] = {}
    chains: dict[Edge, list[Hashable]] = {}
    deepest, left = 0, 0.0
    for part in _parts(tied, wanted):
        down = _acyclic(part, [edge for edge in wanted if edge[0] in part])
        rows, bends = _with_bends(part, down, _rows(part, down))
        _uncross(rows, bends)
        xs = _spread(rows, bends, box_width, gap)
        begin = min(xs.values()) - box_width / 2 - gap - left
        where |= {key: Point(xs[key] - begin, row_height * (number + 0.5)) for number, row in enumerate(rows) for key in row}
        chains |= bends
        deepest, left = max(deepest, len(rows)), max(xs.values()) - begin + box_width / 2 + gap
    # What nothing is tied to stands at the bottom, one beside the other.
    where |= {
        key: Point(gap + box_width / 2 + at * (box_width + gap), row_height * (deepest + 0.5)) for at, key in enumerate(loose)
    }
    drawn = {edge: tuple(where[key] for key in _chain(chains, edge)) for edge in wanted}
    width = max((point.x for point in where.values()), default=0.0) + box_width / 2 + gap
    return Layout({name: where[name] for name in nodes}, drawn, width, row_height * (deepest + bool(loose)))


def _parts(nodes: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """The nodes in groups that nothing ties to each other; they stand side by side."""
    beside: dict[str, list[str]] = {name: [] for name in nodes}
    for source, target in edges:
        beside[source].append(target)
        beside[target].append(source)
    part: dict[str, int] = {}
    for name in nodes:
        waiting = [name] if name not in part else []
        number = len(set(part.values()))
        while waiting:
            here = waiting.pop()
            if here not in part:
                part[here] = number
                waiting += beside[here]
    return [[name for name in nodes if part[name] == number] for number in range(len(set(part.values())))]


def _acyclic(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges, those that close a circle turned round."""
    follows: dict[str, list[str]] = {name: [] for name in nodes}
    for source, target in edges:
        follows[source].append(target)
    done: set[str] = set()
    back: set[Edge] = set()
    for root in nodes:
        path: list[tuple[str, int]] = [(root, 0)] if root not in done else []
        on_path = {root} if path else set()
        while path:
            name, at = path[-1]
            if at < len(follows[name]):
                path[-1] = (name, at + 1)
                target = follows[name][at]
                if target in on_path:
                    back.add((name, target))
                elif target not in done:
                    path.append((target, 0))
                    on_path.add(target)
            else:
                path.pop()
                on_path.discard(name)
                done.add(name)
    return list(dict.fromkeys((target, source) if (source, target) in back else (source, target) for source, target in edges))


def _rows(nodes: Sequence[str], down: Sequence[Edge]) -> dict[str, int]:
    """The row of each node: the longest way to it."""
    rows = dict.fromkeys(nodes, 0)
    for _ in nodes:
        moved = False
        for source, target in down:
            if rows[target] <= rows[source]:
                rows[target], moved = rows[source] + 1, True
        if not moved:
            break
    return rows


def _with_bends(
    nodes: Sequence[str], down: Sequence[Edge], rows_of: Mapping[str, int]
) -> tuple[list[list[Hashable]], dict[Edge, list[Hashable]]]:
    """Rows with a bend in each row that an edge passes, and the chain of each edge."""
    rows: list[list[Hashable]] = [[] for _ in range(max(rows_of.values(), default=0) + 1)]
    for name in nodes:
        rows[rows_of[name]].append(name)
    chains: dict[Edge, list[Hashable]] = {}
    for source, target in down:
        chain: list[Hashable] = [source]
        for row in range(rows_of[source] + 1, rows_of[target]):
            bend = (source, target, row)
            rows[row].append(bend)
            chain.append(bend)
        chains[source, target] = [*chain, target]
    return rows, chains


def _neighbours(
    chains: Mapping[Edge, Sequence[Hashable]],
) -> tuple[dict[Hashable, list[Hashable]], dict[Hashable, list[Hashable]]]:
    above: dict[Hashable, list[Hashable]] = {}
    below: dict[Hashable, list[Hashable]] = {}
    for chain in chains.values():
        for one, other in itertools.pairwise(chain):
            below.setdefault(one, []).append(other)
            above.setdefault(other, []).append(one)
    return above, below


def _uncross(rows: list[list[Hashable]], chains: Mapping[Edge, Sequence[Hashable]]) -> None:
    """Order each row by the middle of its neighbours, from above and from below in turn."""
    above, below = _neighbours(chains)
    for sweep in range(SWEEPS):
        near, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for fixed, row in itertools.pairwise(order):
            place = {key: at for at, key in enumerate(fixed)}
            own = {key: at for at, key in enumerate(row)}

            def middle(key: Hashable, place: dict[Hashable, int] = place, own: dict[Hashable, int] = own) -> float:
                found = [place[one] for one in near.get(key, ()) if one in place]  # noqa: B023  (used at once)
                return sum(found) / len(found) if found else own[key]

            row.sort(key=middle)


def _spread(
    rows: Sequence[Sequence[Hashable]], chains: Mapping[Edge, Sequence[Hashable]], box_width: float, gap: float
) -> dict[Hashable, float]:
    """x of everything: near its neighbours, and far enough from whoever stands beside it in the row."""
    above, below = _neighbours(chains)

    def room(one: Hashable, other: Hashable) -> float:
        widths = [box_width if isinstance(key, str) else gap for key in (one, other)]
        return sum(widths) / 2 + gap

    xs: dict[Hashable, float] = {}
    for row in rows:
        at = 0.0
        for number, key in enumerate(row):
            at += room(row[number - 1], key) if number else 0.0
            xs[key] = at
    for sweep in range(SWEEPS * 2):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            near = above if sweep % 2 == 0 else below
            wish = {key: [xs[one] for one in near.get(key, ())] or [xs[key]] for key in row}
            _settle(row, {key: sum(found) / len(found) for key, found in wish.items()}, xs, room)
    return xs


def _settle(row: Sequence[Hashable], wish: Mapping[Hashable, float], xs: dict[Hashable, float], room) -> None:  # type: ignore[no-untyped-def]
    """The places nearest to the wishes that keep the distances: once from the left, once from the right, the middle of both."""
    left: list[float] = []
    for number, key in enumerate(row):
        left.append(max(wish[key], left[-1] + room(row[number - 1], key)) if number else wish[key])
    right: list[float] = []
    for number in range(len(row) - 1, -1, -1):
        key = row[number]
        right.append(min(wish[key], right[-1] - room(key, row[number + 1])) if right else wish[key])
    for key, one, other in zip(row, left, reversed(right), strict=True):
        xs[key] = (one + other) / 2


def _chain(chains: Mapping[Edge, Sequence[Hashable]], edge: Edge) -> list[Hashable]:
    """The points of an edge in its own direction."""
    if edge in chains:
        return list(chains[edge])
    return list(reversed(chains[edge[1], edge[0]]))
