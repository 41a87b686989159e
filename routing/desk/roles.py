"""Who may do what at the desk: one table. What stands nowhere in it may be done by nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from routing.floor.records import Role


class Action(StrEnum):
    """What is done at the desk, as coarse as it is allowed and forbidden."""

    SELF = "self"  # one's own login, status, language
    FLOOR = "floor"  # see who works, and what waits (no names of customers)
    WORK = "work"  # take contacts, talk, write, wrap up: one's own ones
    LOOK = "look"  # see a customer, beyond what one is working on
    WALL = "wall"  # figures of the floor, live
    LISTEN = "listen"  # hear a call, read along a chat
    REPORTS = "reports"
    RECORDINGS = "recordings"
    OPERATORS = "operators"  # make, change and remove them; passwords; end their sessions
    AUDIT = "audit"  # read who looked at what


TABLE: Mapping[Action, frozenset[Role]] = {
    Action.SELF: frozenset(Role),
    Action.FLOOR: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Action.WORK: frozenset({Role.OPERATOR}),
    Action.LOOK: frozenset({Role.SUPERVISOR}),
    Action.WALL: frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
    Action.LISTEN: frozenset({Role.SUPERVISOR}),
    Action.REPORTS: frozenset({Role.SUPERVISOR}),
    Action.RECORDINGS: frozenset({Role.SUPERVISOR}),
    Action.OPERATORS: frozenset({Role.ADMINISTRATOR}),
    Action.AUDIT: frozenset({Role.AUDITOR}),
}


def may(roles: Iterable[str], action: Action) -> bool:
    """Whether somebody with these roles may do it; a role that nobody knows gives nothing."""
    return bool(TABLE.get(action, frozenset()) & set(roles))


def actions(roles: Iterable[str]) -> list[str]:
    """All that somebody with these roles may do: for the page, which shows nothing else."""
    held = tuple(roles)
    return [str(action) for action in Action if may(held, action)]
