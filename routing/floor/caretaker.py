"""What is looked after on the floor every few seconds: phone nodes that died, pages that fell silent, figures for estimates, what grows old."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field

from ivr.memory.errors import Unfit
from routing.floor.contacts import Contacts
from routing.floor.estimate import Figures, of_sums, shares
from routing.floor.events import Events, Nodes
from routing.floor.mirror import Mirror
from routing.floor.records import Availability, Medium, Presence, Request
from routing.floor.store import DAY_MS, Floor, P

log = logging.getLogger(__name__)
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


@dataclass
class Caretaker:
    """`round` does what is due. suspects: nodes that were not heard of the last time; dead is who is not heard of twice."""

    floor: Floor
    every_s: float = 2.0
    suspects: set[str] = field(default_factory=set)
    _trimmed_ms: int = 0
    _swept_ms: int = 0

    async def round(self, mirror: Mirror) -> None:
        """Raises MemoryAway; what was done by then is done."""
        now = self.floor.now_ms()
        await self._nodes(mirror)
        await self._figures(mirror, now)
        self._pages(mirror, await self.floor.presences(), now)
        if now - self._trimmed_ms >= MINUTE_MS:
            self._trimmed_ms = now
            await Events(self.floor.store, self.floor.now_ms).trim(now)
        if now - self._swept_ms >= HOUR_MS:
            self._swept_ms = now
            await Contacts(self.floor.store).sweep(now - self.floor.settings.keep_days * DAY_MS)

    async def _nodes(self, mirror: Mirror) -> None:
        """The calls of a phone node that died are gone; their places are kept. A promised call waits on."""
        nodes = Nodes(self.floor.store)
        calls = [one.request for one in mirror.board.waiting.values()] + list(mirror.people.values())
        calls = [one for one in calls if one.medium is Medium.CALL and one.node]
        named = {one.node for one in calls}
        silent = named - await nodes.alive(sorted(named))
        dead = silent & self.suspects
        self.suspects = silent
        for request in calls:
            if request.node in dead:
                await self._gone(request)

    async def _gone(self, request: Request) -> None:
        asked = await self.floor.request(request.id)
        if asked is None or (asked.state == "waiting" and asked.callback is not None):
            return
        log.warning("a phone node is dead: one of its calls is gone")
        with contextlib.suppress(Unfit):  # it ended in this very moment
            if asked.callback is not None and asked.state == "offered":
                await self.floor.move(asked.assignment, "refused", "node_gone")  # the promise stands
            else:
                await self.floor.leave(request.id, "gone")

    async def _figures(self, mirror: Mirror, now: int) -> None:
        """How each queue gets on, for `Floor.place`."""
        found = await self.floor.store.run("routing.floor/look", "queues")
        waiting = {queue: int(count) for queue, count, *_ in found}
        serves: dict[str, list[str]] = {}
        ready: dict[str, int] = dict.fromkeys(waiting, 0)
        for name, one in mirror.board.standing.items():
            if not one.operator.active or one.presence.status not in (Availability.READY, Availability.WRAP_UP):
                continue
            for queue in waiting:
                medium, _, rest = queue.partition(":")
                skill, _, language = rest.rpartition(":")
                suits = not skill or one.operator.skills.get(skill, 0) >= self.floor.settings.skill(skill).level
                if (
                    suits
                    and (not language or language in one.operator.languages)
                    and one.operator.capacity.get(Medium(medium), 0)
                ):
                    serves.setdefault(name, []).append(queue)
                    ready[queue] += Medium(medium) in one.media
        servers = shares(serves, waiting)
        words: list[str] = []
        for queue, _, count, total, squares in found:
            mean_s, spread = of_sums(int(count), float(total), float(squares))
            words += [queue, Figures(servers.get(queue, 0.0), ready[queue], mean_s, spread, now).pack()]
        if words:
            await self.floor.store.command("HSET", f"{P}figures", *words)

    def _pages(self, mirror: Mirror, presences: tuple[Presence, ...], now: int) -> None:
        """Signs of life are not told, they are looked up: who has a page may have chats and mails, who has none any more may not."""
        for presence in presences:
            mirror.board.refresh(presence, now)
