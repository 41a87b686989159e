"""Mail out: from the outbox, through the company's mail server (RFC 5321 section 4.2, RFC 6409), never twice.

A mail's Message-ID comes from what it answers, so it is the same at every try. A try that broke off after the text was handed
over, before the server said anything, may have succeeded (RFC 1047): such a mail is not sent again, it is listed as dead.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiosmtplib

from ivr.actions import SendLink
from ivr.channels.courier import Again, Backoff, Courier, Never
from ivr.channels.email import reply
from ivr.channels.email.settings import MailSettings, SendSettings, Tls, secret
from ivr.channels.email.unsubscribe import Unsubscribe
from ivr.channels.outbox import Item, Outbox
from ivr.deeds import Refused
from ivr.memory.consent import Purpose
from ivr.memory.errors import NotAnIdentity, Unfit
from ivr.memory.identity import Confidence, email
from ivr.memory.memory import Memory
from ivr.memory.ticket import LIFE_MS

log = logging.getLogger(__name__)
PATIENCE_S = 30.0
LEASE_MS = 180_000
HANDED = "handed"  # the mark of a try that has begun to hand over the text


@dataclass(slots=True)
class Postman:
    """Sends what `write` puts in. `start` begins; without [mail.send] nothing is ever put in.

    ticket_key: what a caller presses before a ticket's digits (`Flow.ticket_key`).
    """

    memory: Memory
    settings: MailSettings
    now_ms: Callable[[], int]
    ticket_key: str = ""
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=5.0))
    tls: ssl.SSLContext | None = None
    patience_s: float = PATIENCE_S
    box: Outbox = field(init=False)
    courier: Courier = field(init=False)
    unsubscribe: Unsubscribe = field(init=False)

    def __post_init__(self) -> None:
        self.box = Outbox(self.memory.store, "mail", self.now_ms, LEASE_MS)
        self.courier = Courier(self.box, self.deliver, self.backoff, hands=2)
        self.unsubscribe = Unsubscribe(self.memory, self.settings)

    def start(self) -> None:
        """Begin to send, where there is a server to send by."""
        if self.settings.send is not None:
            self.courier.start()

    async def close(self) -> None:
        """Stop; what waits goes on waiting."""
        await self.courier.close()

    async def write(self, name: str, to: str, purpose: Purpose, customer: str, body: Mapping[str, Any]) -> bool:
        """Put a mail in, once for a name; False where it may not go out, or there is no way to send.

        body: language, subject, and either text, or says, questions, person, matter (for a ticket); answers, references. automatic:
        False where a person wrote it.
        The answer to his own mail goes to whoever nobody knows, all else only to whom consent allows it. Raises MemoryAway.
        """
        if self.settings.send is None:
            return False
        if not customer and purpose is not Purpose.ANSWER:
            return False
        if customer and not await self.memory.consents.may(customer, "email", purpose):
            return False
        await self.box.put(
            name, customer or email(to).address, {**body, "to": to, "customer": customer, "purpose": purpose.value}
        )
        self.courier.wake()
        return True

    async def send_link(self, act: SendLink, customer: str, known: str = "") -> None:
        """For `Deeds.send_link`, where the link goes by mail. known: his address where the act names none. Raises Refused."""
        to = act.to or known
        try:
            email(to)
        except NotAnIdentity:
            raise Refused("address") from None
        body = {"language": act.language, "subject": "", "text": act.text}
        if not await self.write(f"link-{customer}-{act.request}-{self.now_ms()}", to, Purpose.SERVICE, customer, body):
            raise Refused("consent")

    async def deliver(self, item: Item) -> Again | Never | None:
        """One try."""
        send = self.settings.send
        assert send is not None
        if item.mark == HANDED:
            return Never("in doubt: it was handed over, and no answer came")
        to, customer = str(item.body["to"]), str(item.body.get("customer", ""))
        purpose = Purpose(str(item.body.get("purpose", Purpose.ANSWER)))
        if customer and not await self.memory.consents.may(customer, "email", purpose):
            return Never("consent")  # he has said no since it was put in
        try:
            raw = await self._raw(item, to)
        except (ValueError, KeyError, TypeError, UnicodeError):
            return Never("it cannot be written")
        client = aiosmtplib.SMTP(
            hostname=send.host, port=send.port, use_tls=send.tls is Tls.TLS, start_tls=send.tls is Tls.STARTTLS,
            timeout=self.patience_s, tls_context=self.tls, local_hostname=self.settings.own_domain,
        )  # fmt: skip
        try:
            return await self._hand_over(client, send, item, to, raw)
        finally:
            client.close()

    async def _hand_over(
        self, client: aiosmtplib.SMTP, send: SendSettings, item: Item, to: str, raw: bytes
    ) -> Again | Never | None:
        handed = False
        try:
            await client.connect()
            if send.user:
                await client.login(send.user, secret(send.password, send.password_file, "[mail.send] password_file"))
            options = ["SMTPUTF8"] if not to.isascii() else []
            await client.mail(send.envelope, options=options, encoding="utf-8" if options else "ascii")
            await client.rcpt(to, encoding="utf-8" if options else "ascii")
            if not await self.box.mark(item, HANDED):
                return Again("somebody else has it")
            handed = True
            await client.data(raw)
        except aiosmtplib.SMTPAuthenticationError:
            log.error("the mail server refuses our user or password")
            return Again("authentication")
        except aiosmtplib.SMTPResponseException as error:
            # RFC 5321 section 4.2.1: 4xx passes, 5xx does not. Either way nothing was taken.
            return Again(f"status {error.code}") if error.code < 500 else Never(f"status {error.code}")
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            why = type(error).__name__
            return Never(f"in doubt: {why} after it was handed over") if handed else Again(why)
        except ValueError:
            return Never("no address that can be written to")
        return None

    async def _raw(self, item: Item, to: str) -> bytes:
        body = item.body
        language, answers = str(body["language"]), str(body.get("answers", ""))
        words = body.get("text")
        if words is None:
            words = reply.text(
                language, body["says"], body["questions"], phone=self.settings.phone, key=self.ticket_key,
                ticket=await self._ticket(item, to), minutes=LIFE_MS // 60_000, person=bool(body.get("person")),
                begun=bool(body.get("matter")),
            )  # fmt: skip
        return reply.compose(
            message_id=self.message_id(item.id), sender=self.settings.address, sender_name=self.settings.name, to=to,
            subject=str(body.get("subject", "")), body=str(words), language=language, at_ms=item.put_ms, answers=answers,
            references=[str(one) for one in body.get("references", ())],
            unsubscribe=await self.unsubscribe.places(str(body.get("customer", ""))),
            automatic=bool(body.get("automatic", True)),
        )  # fmt: skip

    def message_id(self, name: str) -> str:
        """Of the mail of this name, without brackets."""
        return f"{name}@{self.settings.own_domain}"

    async def _ticket(self, item: Item, to: str) -> str:
        """Made when the mail goes out, because it is good for minutes only. Whoever keys it has read the mail: the mailbox is his."""
        matter = str(item.body.get("matter", ""))
        if not (self.settings.phone and matter) or item.body.get("person"):
            return ""
        try:
            issued = await self.memory.tickets.issue(matter, email(to), Confidence.PROVED, str(item.body["customer"]))
        except Unfit:
            return ""
        return issued.ticket.spoken if issued.ticket else ""
