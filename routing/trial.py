"""`hotline flow try`: a flow in the terminal, typing instead of speaking. Look-ups are real; the rest has named stand-ins.

where is my parcel    words          #1    the key 1, #4711# several        (empty line)    silence
/why  how the last words were understood    /state  step, slots and facts    /help    /quit
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ivr.actions import CallBack, Delivered, Event, Failed, LookUp, Record, Recorded, SendLink, State, Verified, Verify
from ivr.actions import Working as Act
from ivr.connectors import connectors
from ivr.deeds import Deeds
from ivr.dialogue.account import account
from ivr.dialogue.transcript import Conversation
from ivr.dialogue.turn import WRITTEN
from ivr.flow import Flow
from ivr.machine import outcome

WRONG_CODE = "0"  # a code that begins with it is wrong, any other one is right
HELP = "words, #1 for a key, an empty line for silence; /why, /state, /quit"
Tell = Callable[[str, str], None]  # who ("house", "caller", "note"), and what


@dataclass(frozen=True, slots=True)
class Opening:
    """How a trial begins. now_ms: Unix time; it stands still."""

    language: str = ""
    channel: str = "phone"
    now_ms: int = 0


class Trial:
    """One talk. lines: what is typed, one after another; tell: shows everything as it happens."""

    def __init__(self, flow: Flow, opening: Opening, lines: Iterable[str], tell: Tell) -> None:
        self.flow, self.opening, self.tell = flow, opening, tell
        self.lines: Iterator[str] = iter(lines)
        self.deeds = Deeds(connectors=connectors(flow))
        self.why = "nothing was said yet"

    def run(self) -> State:
        """Talk until the dialogue ends, /quit, or no line is left. The state it came to."""
        with asyncio.Runner() as self.runner:
            talk = Conversation(
                self.flow,
                self.opening.language or self.flow.languages[0],
                channel=self.opening.channel,
                now_ms=self.opening.now_ms,
                does=self._do,
                tells=self._told,
            )
            while not talk.ended:
                self._buttons(talk)
                line = next(self.lines, "/quit").strip()
                if line == "/quit":
                    break
                if line.startswith("/"):
                    self._command(talk, line)
                else:
                    self._say(talk, line)
        self.tell("note", outcome(talk.state))
        return talk.state

    def _told(self, who: str, text: str) -> None:
        typed = text[1:-1] if who == "caller" and len(text) > 2 and text[0] + text[-1] == "[]" else ""
        self.tell(who, f"#{typed}" if typed else text)

    def _say(self, talk: Conversation, line: str) -> None:
        keys = line.removeprefix("#")
        if line.startswith("#") and (not keys or set(keys) <= set("0123456789*#")):
            self.why = "those were keys"
            talk.line(f"[{keys or chr(35)}]")
            return
        if line:
            self.why = str(account(self.flow, talk.state, line))
        talk.line(line)

    def _buttons(self, talk: Conversation) -> None:
        if self.opening.channel in WRITTEN and talk.waits is not None and talk.waits.buttons:
            self.tell("note", "buttons: " + " | ".join(button.label for button in talk.waits.buttons))

    def _command(self, talk: Conversation, line: str) -> None:
        if line == "/why":
            self.tell("note", self.why)
        elif line == "/state":
            known = {**talk.state.known}
            shown = [f"{name} = {value}" for name, value in known.items() if value not in (None, "")]
            where = f'step "{talk.state.step}" (line {self.flow.steps[talk.state.step].place.line}), {talk.state.phase}'
            self.tell("note", "\n".join((where, *shown)))
        else:
            self.tell("note", HELP)

    def _do(self, act: Act) -> Event:
        """Look-ups as in a call; for everything else somebody who says that he is none."""
        match act:
            case LookUp():
                return self._looked(act)
            case SendLink(request=request, channel=channel, text=text):
                self.tell("note", f"stand-in: nothing is sent; by {channel or 'message'} it would be: {text}")
                return Delivered(request)
            case CallBack(request=request, number=number, when=when):
                self.tell("note", f"stand-in: nobody will call {number or 'back'}{f' at {when}' if when else ''}")
                return Delivered(request)
            case Verify(request=request, method=method, arguments=arguments):
                wrong = any(str(one).startswith(WRONG_CODE) for one in arguments.values())
                self.tell(
                    "note",
                    f"stand-in for {method}: it is {'wrong (it begins with 0)' if wrong else 'right (only what begins with 0 is not)'}",
                )
                return Failed(request, "wrong") if wrong else Verified(request)
            case Record(request=request):
                self.tell("note", "stand-in: nothing is recorded; type the message")
                message = next(self.lines, "").strip()
                return Recorded(request, "", message) if message else Failed(request, "empty")

    def _looked(self, act: LookUp) -> Event:
        event = self.runner.run(self.deeds.do(act))
        asked = ", ".join(f"{name} = {value}" for name, value in act.arguments.items())
        found = getattr(event, "error", "") or getattr(event, "result", None)
        self.tell("note", f"{act.connector} ({asked}): {'no such thing' if found is None else found}")
        return event
