"""Figures for the supervisor: the wall's, and reports by day, operator and skill, also as files for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from ivr.memory.memory import Memory
from routing import reports
from routing.desk.asking import Answer, Ask, BadAsk, Door
from routing.desk.gate import Gate, Refused, Visitor
from routing.desk.roles import Action
from routing.desk.trail import Trail
from routing.floor.contacts import Contact, Contacts
from routing.floor.hours import zone
from routing.floor.settings import RoutingSettings
from routing.floor.store import Floor

DAYS_MOST = 400
KINDS = ("day", "operator", "skill")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Figures:
    """Out of the contact records. A day is one of [routing] zone."""

    def __init__(self, floor: Floor, memory: Memory, trail: Trail, routing: RoutingSettings) -> None:
        self.floor, self.memory, self.trail, self.place, self.zone = floor, memory, trail, routing.zone, zone(routing.zone)
        self.levels = {skill.name: skill.service_level_s for skill in routing.skills}
        self.contacts = Contacts(memory.store)

    def doors(self) -> Mapping[str, Door]:
        return {"wall": Door(Action.WALL, self._wall), "report": Door(Action.REPORTS, self._report)}

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """/desk/report.csv?kind=day&from=2026-11-01&to=2026-11-25: what the table shows, for a spreadsheet."""

        async def download(request: web.Request) -> web.Response:
            visitor = await gate.visitor(request, Action.REPORTS)
            query = request.query
            try:
                rows, total = await self._rows(query.get("kind", "day"), query.get("from", ""), query.get("to", ""))
            except BadAsk:
                raise Refused(400, "shape") from None
            await self.trail.noted(visitor.person.id, "report", how=query.get("kind", "day"))
            name = f"hotline-{query.get('kind', 'day')}-{query.get('from', '')}-{query.get('to', '')}.csv"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return web.Response(text=table([*rows, total]), content_type="text/csv", charset="utf-8", headers=headers)

        return [web.get("/desk/report.csv", gate.answered(download))]

    async def _wall(self, visitor: Visitor, ask: Ask) -> Answer:
        """Today up to now, the whole house and by skill. What waits and who works is in the page's hands already."""
        now = self.memory.now_ms()
        rows = await self._between(self._midnight(now), now + 1)
        return {
            "today": reports.total(rows, now, self.levels).values(),
            "skills": [line.values() for line in reports.by_skill(rows, now, self.levels)],
            "at": now,
        }

    async def _report(self, visitor: Visitor, ask: Ask) -> Answer:
        rows, total = await self._rows(ask.one_of("kind", *KINDS), ask.text("from", 10), ask.text("to", 10))
        await self.trail.noted(visitor.person.id, "report", how=ask.one_of("kind", *KINDS))
        return {"rows": rows, "total": total}

    async def _rows(self, kind: str, first: str, last: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        if kind not in KINDS:
            raise BadAsk("shape", "kind")
        begin, end = self._day(first), self._day(last) + timedelta(days=1)
        if not timedelta(0) < end - begin <= timedelta(days=DAYS_MOST):
            raise BadAsk("shape", "days")
        rows, now = await self._between(_ms(begin), _ms(end)), self.memory.now_ms()
        match kind:
            case "day":
                lines = reports.by_day(rows, now, self.place, self.levels)
            case "operator":
                lines = reports.by_operator(rows, now, self.levels)
            case _:
                lines = reports.by_skill(rows, now, self.levels)
        found = [line.values() for line in lines]
        if kind == "operator":
            names = {one.id: one.name for one in await self.floor.operators()}
            found = [row | {"name": names.get(row["name"], row["name"])} for row in found]
        return found, reports.total(rows, now, self.levels).values()

    async def _between(self, begin_ms: int, end_ms: int) -> tuple[Contact, ...]:
        return await self.contacts.between(begin_ms, end_ms)

    def _day(self, text: str) -> datetime:
        if not _DAY.fullmatch(text):
            raise BadAsk("shape", "day")
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=self.zone)
        except ValueError:
            raise BadAsk("shape", "day") from None

    def _midnight(self, now_ms: int) -> int:
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self.zone)
        return _ms(local.replace(hour=0, minute=0, second=0, microsecond=0))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """RFC 4180, with a byte order mark for spreadsheets. A cell that a spreadsheet would take for a formula is text (OWASP, CSV injection)."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL)
    names = list(rows[0]) if rows else []
    writer.writerow(names)
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in names])
    return "\ufeff" + out.getvalue()


def cell(value: Any) -> str:
    """One cell."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, bool | int):
        return str(value)
    text = str(value)
    return "'" + text if text[:1] in "=+-@\t\r" and text else text
