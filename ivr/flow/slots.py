"""Reading what a dialogue knows: slots with their limits, facts, connectors, hours, what becomes of a broken-off talk."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

import yaml

from ivr.flow.parts import CHOICE, Connector, Known, Resume, Slot
from ivr.flow.words import WordsPage
from ivr.values.finding import ANY, Limits, SlotKind

KINDS = (CHOICE, *SlotKind)
FACT_KINDS = (*KINDS, "truth")
CONFIRMING = ("always", "unsure", "never")
MODES = ("ask", "continue", "restart")
RESUMING = ("text", "plain", "going_on", "named", "proved", "waiting", "waiting_plain")  # what is said about going on
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LENGTH_MAX = 10_000

# Per kind of slot: what of `Limits` it may set.
_LIMITS: Mapping[str, tuple[str, ...]] = {
    SlotKind.DIGITS: ("length", "check", "alphabet"),
    SlotKind.NUMBER: ("minimum", "maximum", "whole"),
    SlotKind.MONEY: ("minimum", "maximum", "whole", "currency", "currencies"),
    SlotKind.DATE: ("earliest", "latest", "past", "future", "days_ahead_max", "month_first"),
    SlotKind.TIME: ("opens", "closes", "minutes_step"),
    SlotKind.PHONE: ("region",),
    SlotKind.NAME: ("length",),
    SlotKind.TEXT: ("length",),
}
LIMIT_KEYS = tuple(dict.fromkeys(name for row in _LIMITS.values() for name in row))
SLOT_KEYS = ("kind", "names", "private", "confirm", "question", "choices", "depends", "was")


class SlotsPage(WordsPage):
    """A page with slots and facts."""

    def slot(self, name: str, node: yaml.Node) -> Slot | None:
        fields = self.mapping(node, f'slot "{name}"', (*SLOT_KEYS, *LIMIT_KEYS), ("kind",))
        kind = self.one_of(fields.get("kind"), f'the kind of "{name}"', KINDS)
        if not kind:
            return None
        for limit in LIMIT_KEYS:
            if limit in fields and limit not in _LIMITS.get(kind, ()):
                self.wrong(fields[limit], f'"{name}" is of kind {kind}, which has no "{limit}"', limit, _LIMITS.get(kind, ()))
        choices = tuple(
            self.choice(one, f'a value of "{name}"', of_slot=name) for one in self.items(fields.get("choices"), "choices")
        )
        if kind == CHOICE and not choices:
            self.wrong(node, f'"{name}" is a choice and lacks its choices')
        if kind != CHOICE and choices:
            self.wrong(fields["choices"], f'"{name}" is of kind {kind}, which has no choices')
        question = self.prompt(fields.get("question"), f"{name}.confirm")
        return Slot(
            id=name,
            kind=kind,
            place=self.place(node),
            names=MappingProxyType(self.phrases(fields.get("names"), f'the names of "{name}"')),
            private=self.switch(fields.get("private"), "private", False),
            confirm=self.one_of(fields.get("confirm"), "confirm", CONFIRMING) or "unsure",
            question=question or self.default(f"confirm.{kind}", f"{name}.confirm", self.place(node)),
            limits=self.limits(kind, fields),
            choices=choices,
            depends=self.names(fields.get("depends"), "depends"),
            was=self.names(fields.get("was"), "was"),
        )

    def limits(self, kind: str, fields: dict[str, yaml.Node]) -> Limits:
        given: dict[str, Any] = {}
        for name in _LIMITS.get(kind, ()):
            if name in fields:
                given |= _READERS[name](self, fields[name], name)
        return Limits(**given) if given else ANY

    def _length(self, node: yaml.Node, name: str) -> dict[str, Any]:
        found = re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", self.text(node, name))
        low, high = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= low <= high <= LENGTH_MAX:
            self.wrong(node, f'{name} must be like "4" or "4-6", {LENGTH_MAX} at most')
            return {}
        return {"length_min": low, "length_max": high}

    def _text(self, node: yaml.Node, name: str) -> dict[str, Any]:
        return {name: self.text(node, name)}

    def _texts(self, node: yaml.Node, name: str) -> dict[str, Any]:
        return {name: self.names(node, name)}

    def _switch(self, node: yaml.Node, name: str) -> dict[str, Any]:
        return {name: self.switch(node, name, False)}

    def _count(self, node: yaml.Node, name: str) -> dict[str, Any]:
        return {name: int(self.number(node, name, 0, 100_000, 0))}

    def _amount(self, node: yaml.Node, name: str) -> dict[str, Any]:
        return self._parsed(node, name, Decimal, "a number, like 12.50")

    def _date(self, node: yaml.Node, name: str) -> dict[str, Any]:
        return self._parsed(node, name, date.fromisoformat, "a date, like 2026-05-03")

    def _time(self, node: yaml.Node, name: str) -> dict[str, Any]:
        return self._parsed(node, name, clock, 'a time, like "9:00"')

    def _parsed(self, node: yaml.Node, name: str, read: Callable[[str], Any], like: str) -> dict[str, Any]:
        try:
            return {name: read(self.text(node, name))}
        except (ValueError, InvalidOperation):
            self.wrong(node, f"{name} must be {like}")
            return {}

    def fact(self, name: str, node: yaml.Node) -> Known | None:
        fields = self.mapping(node, f'fact "{name}"', ("kind", "private", "values"), ("kind",))
        kind = self.one_of(fields.get("kind"), f'the kind of "{name}"', FACT_KINDS)
        values = self.names(fields.get("values"), "values")
        if not kind:
            return None
        return Known(name, kind, self.switch(fields.get("private"), "private", False), self.place(node), values)

    def connector(self, name: str, node: yaml.Node) -> Connector:
        from ivr.connectors import shipped  # they know flows, too

        fields = self.mapping(node, f'connector "{name}"', ("python", "http"))
        if len(fields) != 1 and isinstance(node, yaml.MappingNode):
            self.wrong(node, f'connector "{name}" needs either "python" or "http"')
        python, http = self.text(fields.get("python"), "python"), self.text(fields.get("http"), "http")
        if http and not re.match(r"https?://[^/\s]+", http):
            self.wrong(fields["http"], f'"{http}" is no address of a web service')
        if python and ":" not in python and python not in shipped():
            self.wrong(fields["python"], f'no function "{python}"; your own are written as "module:function"', python, shipped())
        return Connector(name, python, http, self.place(node))

    def hours(self, node: yaml.Node | None) -> tuple[tuple[int, int], ...]:
        """Minutes of the day (opens, closes) per weekday; a day that is not named is closed."""
        if node is None:
            return ()
        fields = self.mapping(node, "hours", ("every_day", *WEEKDAYS))
        usual = self._span(fields["every_day"]) if "every_day" in fields else (0, 0)
        return tuple(self._span(fields[day]) if day in fields else usual for day in WEEKDAYS)

    def _span(self, node: yaml.Node) -> tuple[int, int]:
        text = self.text(node, "hours")
        if text == "closed":
            return 0, 0
        try:
            opens, closes = (one.strip() for one in text.split("-"))
            end = 24 * 60 if closes == "24:00" else _minutes(clock(closes))
            return _minutes(clock(opens)), end
        except ValueError:
            self.wrong(node, f'hours are like "8:00-20:00" or closed, not "{text}"')
            return 0, 0

    def resume(self, node: yaml.Node | None, root: yaml.Node) -> Resume:
        fields = self.mapping(node, "resume", ("mode", "lifetime_h", *RESUMING)) if node is not None else {}
        place = self.place(node if node is not None else root)
        ready = {
            name: self.prompt(fields.get(name), f"resume.{name}") or self.default(f"resume.{name}", f"resume.{name}", place)
            for name in RESUMING
        }
        return Resume(
            mode=self.one_of(fields.get("mode"), "mode", MODES) or "ask",
            lifetime_h=self.number(fields.get("lifetime_h"), "lifetime_h", 0, 24 * 366, 72.0),
            **ready,
        )


def clock(text: str) -> time:
    """ "9:00" as a time. Raises ValueError."""
    hours, minutes = (int(one) for one in text.split(":"))
    return time(hours, minutes)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


_READERS: Mapping[str, Callable[[SlotsPage, yaml.Node, str], dict[str, Any]]] = {
    "length": SlotsPage._length, "check": SlotsPage._text, "alphabet": SlotsPage._text, "region": SlotsPage._text,
    "currency": SlotsPage._text, "currencies": SlotsPage._texts, "minimum": SlotsPage._amount, "maximum": SlotsPage._amount,
    "whole": SlotsPage._switch, "past": SlotsPage._switch, "future": SlotsPage._switch, "month_first": SlotsPage._switch,
    "earliest": SlotsPage._date, "latest": SlotsPage._date, "opens": SlotsPage._time, "closes": SlotsPage._time,
    "days_ahead_max": SlotsPage._count, "minutes_step": SlotsPage._count,
}  # fmt: skip
