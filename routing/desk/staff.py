"""The administrator's asks: operators made, changed and removed, their passwords and sessions; and the auditor's: the trail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ivr.memory.errors import Unfit
from routing.desk.accounts import Accounts
from routing.desk.asking import Answer, Ask, BadAsk, Door
from routing.desk.gate import NAME, Visitor
from routing.desk.passwords import fit
from routing.desk.roles import Action
from routing.desk.sessions import Sessions
from routing.desk.trail import Trail
from routing.floor.records import LEVEL_MOST, Medium, Operator, Role
from routing.floor.store import Floor
from voice.errors import ConfigError

SIP = re.compile(r"sips?:[^\s<>\";,?]{1,200}")  # no headers (RFC 3261 section 19.1.1): they would go into our INVITE
SKILL = re.compile(r"[a-z][a-z0-9_-]{0,31}")
CAPACITY_MOST = 20


class Staff:
    """Who works here, and who looked at what."""

    def __init__(self, floor: Floor, accounts: Accounts, sessions: Sessions, trail: Trail) -> None:
        self.floor, self.accounts, self.sessions, self.trail = floor, accounts, sessions, trail

    def doors(self) -> Mapping[str, Door]:
        return {
            "staff": Door(Action.OPERATORS, self._list),
            "staff.keep": Door(Action.OPERATORS, self._keep),
            "staff.remove": Door(Action.OPERATORS, self._remove),
            "staff.password": Door(Action.OPERATORS, self._password),
            "staff.end_sessions": Door(Action.OPERATORS, self._end),
            "password": Door(Action.SELF, self._own_password),
            "trail": Door(Action.AUDIT, self._trail),
        }

    async def _list(self, visitor: Visitor, ask: Ask) -> Answer:
        people = await self.floor.operators()
        return {"operators": [one.values() | {"sessions": await self.sessions.count(one.id)} for one in people]}

    async def _keep(self, visitor: Visitor, ask: Ask) -> None:
        """Make or change one. The last administrator cannot take his own rights away: nobody could give them back."""
        wanted = operator(ask)
        before = await self.floor.operator(wanted.id)
        if (wanted.id == visitor.person.id) and (Role.ADMINISTRATOR not in wanted.roles or not wanted.active):
            raise BadAsk("own")
        if ask.flag("new") and before is not None:
            raise BadAsk("taken")
        if ask.fields.get("password"):
            try:
                fit(str(ask.fields["password"]), wanted.id)
            except ConfigError:
                raise BadAsk("password") from None
        await self.floor.keep_operator(wanted)
        if not wanted.active:
            await self.sessions.end_all(wanted.id)
        await self.trail.noted(visitor.person.id, "operator", wanted.id, "changed" if before else "made")
        await self._roles(visitor, wanted, before)
        if password := ask.fields.get("password"):
            await self._set(visitor, wanted.id, password)

    async def _roles(self, visitor: Visitor, now: Operator, before: Operator | None) -> None:
        """A line for every role that was given or taken, to oneself as to others."""
        held = set(before.roles) if before else set()
        for how, roles in (("given", set(now.roles) - held), ("taken", held - set(now.roles))):
            for role in sorted(roles):
                await self.trail.noted(visitor.person.id, "role", now.id, f"{how}_{role}")

    async def _remove(self, visitor: Visitor, ask: Ask) -> None:
        name = ask.name("operator")
        if name == visitor.person.id:
            raise BadAsk("own")
        try:
            removed = await self.floor.remove_operator(name)
        except Unfit:
            raise BadAsk("in_hand") from None
        await self.sessions.end_all(name)
        if not removed:
            raise BadAsk("gone")
        await self.accounts.remove(name)
        await self.trail.noted(visitor.person.id, "operator", name, "removed")

    async def _password(self, visitor: Visitor, ask: Ask) -> None:
        name = ask.name("operator")
        if await self.floor.operator(name) is None:
            raise BadAsk("gone")
        await self._set(visitor, name, ask.fields.get("password"))

    async def _own_password(self, visitor: Visitor, ask: Ask) -> None:
        """His own: the old one is asked for, and every other session of his ends."""
        old = ask.fields.get("old")
        if not isinstance(old, str) or not (await self.accounts.login(visitor.person.id, old, "desk")).right:
            raise BadAsk("wrong")
        await self._set(visitor, visitor.person.id, ask.fields.get("password"))

    async def _set(self, visitor: Visitor, name: str, password: Any) -> None:
        """Whoever had logged in with the one before is out."""
        if not isinstance(password, str):
            raise BadAsk("shape", "password")
        try:
            await self.accounts.set(name, password)
        except ConfigError:
            raise BadAsk("password") from None
        await self.sessions.end_all(name)
        await self.trail.noted(visitor.person.id, "password", name)

    async def _end(self, visitor: Visitor, ask: Ask) -> Answer:
        name = ask.name("operator")
        await self.trail.noted(visitor.person.id, "sessions", name, "ended")
        return {"ended": await self.sessions.end_all(name)}

    async def _trail(self, visitor: Visitor, ask: Ask) -> Answer:
        lines = await self.trail.read(
            ask.name("before", needed=False) or "+", 100, ask.name("who", needed=False), ask.name("of", needed=False)
        )
        return {"lines": lines}


def operator(ask: Ask) -> Operator:
    """An operator as the form gives him. Raises BadAsk with what is wrong."""
    id, name, uri = ask.text("operator", 32, needed=True), ask.text("name", 80, needed=True), ask.text("uri", 220)
    if not NAME.fullmatch(id):
        raise BadAsk("login")
    if uri and not SIP.fullmatch(uri):
        raise BadAsk("sip")
    skills, languages = ask.levels("skills"), ask.levels("languages")
    for what, level in (*skills.items(), *languages.items()):
        if not SKILL.fullmatch(what) or not 1 <= level <= LEVEL_MOST:
            raise BadAsk("levels")
    capacity = ask.levels("capacity")
    try:
        counts = {Medium(medium): count for medium, count in capacity.items()}
        roles = tuple(dict.fromkeys(Role(role) for role in ask.names("roles")))
    except ValueError:
        raise BadAsk("shape", "roles") from None
    if not roles:
        raise BadAsk("roles")
    if counts.get(Medium.CALL, 1) > 1 or any(count > CAPACITY_MOST for count in counts.values()):
        raise BadAsk("capacity")
    return Operator(
        id, name, skills, languages, **({"capacity": counts} if counts else {}), uri=uri, trunk=ask.name("trunk", needed=False) or "local",
        roles=roles, team=ask.text("team", 40), active=ask.flag("active"), answer=ask.one_of("answer", "phone", "desk", default="phone"),
    )  # fmt: skip
