"""What a talk sends out: a link, and the wish for a call back. Consent first; written where it lasts before it is acknowledged.

    chat            the lines that the desk's process shows in it (chat/lines.py), also where there is no way that the flow names
    mail            the outbox of mail, from which the desk's postman sends
    sms             the webhook `link.wanted`: whoever has a way to send messages is told, number and text included
    a call back     ivr.memory.callbacks, and the webhook `callback.wanted`

Any process may do so: all of it goes through Redis, or through this machine's journal while Redis is away. Every refusal is one word:
"consent", "nowhere" (there is no such way here, or no address), "address", "number", "when", "away".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from ivr.actions import CallBack, SendLink
from ivr.channels.chat.lines import lines_box
from ivr.channels.email.postman import Postman
from ivr.channels.webhooks import Webhooks
from ivr.deeds import Refused
from ivr.memory.consent import Purpose, allows
from ivr.memory.errors import MemoryAway, NotAnIdentity
from ivr.memory.identity import STRONG, Identity, Kind, phone
from ivr.memory.matter import Matter
from ivr.memory.memory import Memory

LINK, CALL = "link.wanted", "callback.wanted"


class Page(Protocol):
    """Of one talk (ivr.notebook.MemoryNotebook): who it is with, and what about."""

    @property
    def identity(self) -> Identity | None: ...
    @property
    def customer(self) -> str: ...
    @property
    def matter(self) -> Matter | None: ...
    @property
    def channel(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Errands:
    """One for a process. region: of numbers without a country code. timezone: of times without one (IANA name)."""

    memory: Memory
    webhooks: Webhooks
    postman: Postman
    now_ms: Callable[[], int]
    region: str = ""
    timezone: str = "UTC"

    async def send_link(self, act: SendLink, page: Page) -> None:
        """For `Deeds.send_link`, by mail or by somebody who sends messages. Raises Refused."""
        ways = {"email": (self._mail,), "sms": (self._message,), "": (self._message, self._mail)}.get(act.channel, ())
        try:
            for way in (*ways, self._chat):
                try:
                    return await way(act, page)
                except Refused as refused:
                    if refused.why != "nowhere":
                        raise
        except MemoryAway:
            raise Refused("away") from None
        raise Refused("nowhere")

    async def call_back(self, act: CallBack, page: Page) -> None:
        """For `Deeds.call_back`. Raises Refused."""
        number, due = await self._number(act.number, page), self._time(act.when)
        try:
            await self._allowed(page, "phone")
            matter = page.matter.id if page.matter else ""
            wish, _ = await self.memory.callbacks.wish(
                number, due, reason=act.reason, matter=matter, customer=page.customer, language=act.language
            )
            data = {
                "callback": wish.id, "number": wish.number, "due_ms": wish.due_ms, "reason": wish.reason, "matter": matter,
                "customer": wish.customer, "language": wish.language,
            }  # fmt: skip
            # A wish that was changed is told again, under a name of its own.
            await self.webhooks.tell(CALL, f"{wish.id}-{wish.created_ms}", wish.customer or matter or wish.id, data)
        except MemoryAway:
            raise Refused("away") from None

    async def _mail(self, act: SendLink, page: Page) -> None:
        if self.postman.settings.send is None:
            raise Refused("nowhere")
        known = "" if act.to else next((one.value for one in await self._known(page, Kind.EMAIL)), "")
        if not (act.to or known):
            raise Refused("nowhere")
        await self.postman.send_link(act, page.customer, known)

    async def _message(self, act: SendLink, page: Page) -> None:
        if not self.webhooks.wanted(LINK):
            raise Refused("nowhere")
        number = await self._number(act.to, page)
        await self._allowed(page, "sms")
        matter = page.matter.id if page.matter else ""
        data = {
            "channel": "sms", "to": number.value, "text": act.text, "language": act.language, "matter": matter,
            "customer": page.customer,
        }  # fmt: skip
        name = f"{matter or number.value}-{act.request}-{self.now_ms()}"
        await self.webhooks.tell(LINK, name, page.customer or matter or number.value, data)

    async def _chat(self, act: SendLink, page: Page) -> None:
        known = await self._known(page, Kind.CHAT)
        if not known:
            raise Refused("nowhere")
        await self._allowed(page, "chat")
        name = f"link-{page.matter.id if page.matter else known[0].value}-{act.request}-{self.now_ms()}"
        await lines_box(self.memory.store, self.now_ms).put(name, known[0].value, {"text": act.text, "language": act.language})

    async def _number(self, said: str, page: Page) -> Identity:
        """The number that the flow names, or the one that he calls from, or his own that is known. Raises Refused."""
        if said:
            try:
                return phone(said, self.region)
            except NotAnIdentity:
                raise Refused("number") from None
        try:
            known = await self._known(page, Kind.PHONE)
        except MemoryAway:
            raise Refused("away") from None
        if not known:
            raise Refused("nowhere")
        return known[0]

    async def _known(self, page: Page, kind: Kind) -> list[Identity]:
        """By which he can be reached in this way: by what he comes by, what the matter was talked about by, what is surely his."""
        here = [page.identity] if page.identity else []
        found = [one for one in (*here, *(page.matter.identities if page.matter else ())) if one.kind is kind]
        if not found and page.customer:
            customer = await self.memory.customers.get(page.customer)
            sure = customer.identities if customer else {}
            found = sorted((one for one in sure if one.kind is kind and sure[one] >= STRONG), key=lambda one: -sure[one])
        return found

    async def _allowed(self, page: Page, channel: str) -> None:
        """News of his own business, asked for in a talk with himself. Raises Refused, MemoryAway.

        Where nobody knows surely who it is, nobody who may be it must have forbidden it.
        """
        if page.customer:
            allowed = await self.memory.consents.may(page.customer, channel, Purpose.SERVICE)
        elif page.identity is not None:
            who = await self.memory.who(page.identity, touches=0)
            allowed = all(allows(one.customer.words, channel, Purpose.SERVICE) for one in who.candidates)
        else:
            allowed = True  # he withholds his number, and has named one himself
        if not allowed:
            raise Refused("consent")

    def _time(self, when: str) -> int:
        """ISO 8601 as milliseconds since the epoch; 0 for soon. Raises Refused."""
        try:
            found = datetime.fromisoformat(when) if when else None
        except ValueError:
            raise Refused("when") from None
        if found is None:
            return 0
        return round((found if found.tzinfo else found.replace(tzinfo=ZoneInfo(self.timezone))).timestamp() * 1000)
