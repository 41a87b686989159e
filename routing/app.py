"""The whole house: the only place where concrete parts are made and put together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from ivr.flow import Flow, load
from ivr.machine import outcome, prompts
from ivr.session import Note, Session, unseen
from routing.settings import Settings
from voice.call import Call
from voice.exchange import Exchange
from voice.recognizers.ears import Ears
from voice.recognizers.pool import Pool
from voice.speech.mouth import Mouth

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, of: int) -> None:
    """Nobody watches the start."""


def flow_file(settings: Settings) -> Path:
    """The flow that the settings name, or the one that comes along."""
    return Path(settings.flow).expanduser() if settings.flow else Path(str(resources.files("ivr"))) / "flows" / "hotline.yaml"


class House:
    """One phone node. `async with House(settings) as house`: takes calls inside the block.

    watch: told what happens on every call (Note); progress: told how the start gets on (what, done, of).
    """

    def __init__(
        self, settings: Settings, watch: Callable[[Call, Note], None] | None = None, progress: Progress = silent
    ) -> None:
        self.settings, self.watch, self.progress = settings, watch, progress
        self.flow: Flow = load(flow_file(settings))
        self.pool = Pool()
        self.ears = Ears(self.pool, settings.hearing)
        self.mouth = Mouth(prompts=settings.prompts or None)
        self.exchange = Exchange(settings.sip, self.pool, self._on_call)
        self.outcomes: dict[int, str] = {}

    async def __aenter__(self) -> House:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Everything that a first call would wait for is done before it: models, prompts, then the phone."""
        await self.pool.start()
        self.progress("recognisers", 0, 1)
        await self.ears.load(self.flow.languages)
        self.progress("recognisers", 1, 1)
        texts = [(say.text, say.language) for say in prompts(self.flow)]
        await self.mouth.warm(
            texts, progress=lambda done, of: self.progress("prompts", done, of), rate_hz=self.settings.sip.rate_hz
        )
        self.progress("SIP", 0, 1)
        await self.exchange.start()
        self.progress("SIP", 1, 1)

    async def close(self) -> None:
        """Hang up, stop, let go; every wait inside has a deadline."""
        await self.exchange.close()
        await self.pool.close()
        await self.mouth.close()

    async def drain(self, patience_s: float) -> None:
        """Take no new calls and let the others finish, for so long at most."""
        self.exchange.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                for call in list(self.exchange.calls.values()):
                    await call.gone.wait()

    async def _on_call(self, call: Call) -> None:
        def note(what: Note) -> None:
            if self.watch is not None:
                self.watch(call, what)

        session = Session(call, self.flow, self.mouth, self.ears, self.settings.language, note if self.watch else unseen)
        state = await session.run()
        self.outcomes[call.info.number] = outcome(state)
        while len(self.outcomes) > 1000:
            del self.outcomes[next(iter(self.outcomes))]
