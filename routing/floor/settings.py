"""[routing] of the settings: skills with their hours and rings, places in the queue, ringing, wrap-up, transfers, recording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from routing.floor.hours import Hours
from routing.floor.records import LEVEL_MOST, PRIORITY_MOST, Request
from voice.errors import ConfigError

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class LastResort(StrEnum):
    """What a caller is offered where nobody will come: closed, nobody there, or `timeout_s` over."""

    MESSAGE = "message"
    CALLBACK = "callback"
    HANG_UP = "hang_up"


class Recording(StrEnum):
    """off; notice: after it was said; consent: after he agreed."""

    OFF = "off"
    NOTICE = "notice"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Ring:
    """[[routing.skill.ring]]: after so many seconds of waiting, operators with a lower `level` of the skill too, or those of another `skill`."""

    after_s: float
    level: int = 1
    skill: str = ""

    def __post_init__(self) -> None:
        if self.after_s < 0 or not 1 <= self.level <= LEVEL_MOST:
            raise ConfigError(f"a ring opens after 0 s or more, to level 1 to {LEVEL_MOST}")


@dataclass(frozen=True, slots=True)
class Skill:
    """[[routing.skill]]. labels: its name by language. level: which operators must have at first; rings widen that.

    hours, holidays, zone: empty for those of [routing]. codes: of the wrap-up, each with its label by language. wrap_s: -1 for that of [routing].
    service_level_s: within which a call should be answered.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    level: int = 1
    hours: tuple[str, ...] = ()
    holidays: tuple[str, ...] = ()
    zone: str = ""
    service_level_s: float = 20.0
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    wrap_s: float = -1.0
    rings: tuple[Ring, ...] = ()

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.name):
            raise ConfigError(f"{self.name!r} is no name of a skill", "Write small letters, digits, - and _: delivery")
        if not 1 <= self.level <= LEVEL_MOST:
            raise ConfigError(f"a level is 1 to {LEVEL_MOST}")
        if list(self.rings) != sorted(self.rings, key=lambda ring: ring.after_s):
            raise ConfigError("rings stand in the order of after_s")
        if not all(isinstance(label, str) for label in self.labels.values()):
            raise ConfigError("labels are texts by language", 'Write labels = { en = "Delivery", ru = "Доставка" }.')
        for name, labels in self.codes.items():
            if not SLUG.fullmatch(name) or not isinstance(labels, Mapping):
                raise ConfigError(f"{name!r} is no wrap-up code", 'Write codes.solved = { en = "Solved", ru = "Решено" }.')

    def label(self, language: str) -> str:
        return self.labels.get(language) or self.labels.get("en") or self.name


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """[routing].

    priority_s: of one step of priority, vip_s: of a VIP: what they count as, in waiting. keep_place_s: for how long a place is kept of one who was cut off.
    refused_s: for how long nobody is offered again what he refused. away_after: unanswered offers in a row after which an operator is set to pause; 0 never.
    preferred_s: for how long one waits for the operator who worked on the matter last, and preferred_days: who did so within them.
    left_s: so long without a page, and an operator's chats and mails go to others. ring_s: for how long an operator's phone rings. pop_ms: until the phone rings without a page. wrap_s: 0 for none. timeout_s: of waiting.
    transfer_to: URIs beside operators' to which a call may be transferred ("sip:*@pbx.example"). record_words: write down what is said in recordings. record_days, keep_days: of recordings, and of contact records.
    last_resort: what is left to who cannot be served. csat: ask at the end of a call.
    """

    priority_s: float = 30.0
    vip_s: float = 120.0
    keep_place_s: float = 300.0
    refused_s: float = 60.0
    away_after: int = 2
    preferred_s: float = 20.0
    preferred_days: float = 30.0
    left_s: float = 60.0
    ring_s: float = 25.0
    pop_ms: int = 400
    wrap_s: float = 30.0
    timeout_s: float = 900.0
    zone: str = "UTC"
    hours: tuple[str, ...] = ()
    holidays: tuple[str, ...] = ()
    transfer_to: tuple[str, ...] = ()
    last_resort: LastResort = LastResort.MESSAGE
    recording: Recording = Recording.OFF
    record_words: bool = True
    record_days: int = 90
    keep_days: int = 400
    csat: bool = False
    skills: tuple[Skill, ...] = ()

    def __post_init__(self) -> None:
        Hours(self.zone, self.hours, self.holidays)
        for skill in self.skills:
            self.hours_of(skill.name)
        names = [skill.name for skill in self.skills]
        if double := {name for name in names if names.count(name) > 1}:
            raise ConfigError(f"there are two skills {', '.join(sorted(double))}")
        if unknown := {ring.skill for skill in self.skills for ring in skill.rings if ring.skill} - set(names):
            raise ConfigError(f"a ring opens to {', '.join(sorted(unknown))}, and there is no such skill")
        spans = (
            "priority_s",
            "vip_s",
            "keep_place_s",
            "refused_s",
            "away_after",
            "preferred_s",
            "preferred_days",
            "left_s",
            "pop_ms",
            "wrap_s",
        )
        if any(getattr(self, name) < 0 for name in spans):
            raise ConfigError(f"{', '.join(spans)} are 0 or more")
        if self.ring_s < 1 or self.timeout_s < 1 or self.record_days < 1 or self.keep_days < 1:
            raise ConfigError("ring_s, timeout_s, record_days and keep_days are 1 or more")
        for rule in self.transfer_to:
            if not re.match(r"(sips?|tel):", rule) or rule.endswith("@*"):
                raise ConfigError(
                    f"{rule!r} is no rule of a transfer", 'Write "sip:*@pbx.example" or "tel:+7495*": anywhere is not allowed.'
                )

    def skill(self, name: str) -> Skill:
        """As it is set, or as one of which nothing is set."""
        return next((skill for skill in self.skills if skill.name == name), Skill(name) if SLUG.fullmatch(name) else ANY)

    def labels(self, language: str) -> dict[str, str]:
        """Names of the skills for a reader."""
        return {skill.name: skill.label(language) for skill in self.skills}

    def hours_of(self, name: str) -> Hours:
        skill = self.skill(name)
        return Hours(skill.zone or self.zone, skill.hours or self.hours, skill.holidays or self.holidays)

    def wrap_of(self, name: str) -> float:
        """Seconds of wrap-up."""
        own = self.skill(name).wrap_s
        return self.wrap_s if own < 0 else own

    @property
    def written(self) -> bool:
        """Whether what people say to each other is written down."""
        return self.record_words and self.recording is not Recording.OFF

    def boost_ms(self, request: Request) -> int:
        """By how much a request counts as having come earlier. It does not grow: who waits longer by this is never overtaken, so nobody starves."""
        steps = min(max(request.priority, 0), PRIORITY_MOST)
        return round(1000 * (steps * self.priority_s + (self.vip_s if request.vip else 0.0)))

    def may_transfer(self, uri: str) -> bool:
        """Whether a rule allows this URI; "*" in a rule stands for any signs but "@"."""
        wanted = uri.strip().casefold()
        for rule in self.transfer_to:
            parts, found = rule.casefold().split("@"), wanted.split("@")
            if len(parts) == len(found) and all(fnmatchcase(one, part) for one, part in zip(found, parts, strict=True)):
                return True
        return False


ANY = Skill("any")
