"""A story in words, in Russian and English: what `hotline explain` prints. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.floor.contacts import Contact
from routing.floor.hours import zone
from routing.floor.reasons import duration, fact, sentence, why
from routing.floor.settings import RoutingSettings
from routing.floor.story import Line, Story, reasons_of

WORDS = {
    "en": {
        "known": "who", "house": "house", "caller": "caller", "operator": "operator", "understood": "understood", "waits": "waits", "offered": "offered to",
        "refused": "not taken by", "left": "left the queue", "ended": "end of the talk with the house", "fact": "phone", "nobody": "nobody who is known",
        "sure": "in this call", "looked": "found in", "because": "because", "waited": "waited", "talked": "talked", "held": "held", "wrap": "wrap-up",
        "promised": "told to wait", "outcome": "outcome", "any": "any skill", "questions": "questions asked", "repeated": "of these twice",
        "shown": "on the screen of", "unseen": "rings without a page of", "ringing": "rings at", "connected": "talks with", "wrap_up": "wrap-up of", "done": "done by", "score": "score",
        "hint": "known by his number at most", "claimed": "said what fits", "proved": "proved", "ms": "ms",
    },
    "ru": {
        "known": "кто", "house": "дом", "caller": "звонящий", "operator": "оператор", "understood": "понято", "waits": "ждёт", "offered": "предложено",
        "refused": "не принял", "left": "ушёл из очереди", "ended": "конец разговора с домом", "fact": "телефон", "nobody": "никто из известных",
        "sure": "в этом звонке", "looked": "найден за", "because": "потому что", "waited": "ожидание", "talked": "разговор", "held": "удержание",
        "wrap": "завершение", "promised": "обещано ждать", "outcome": "итог", "any": "любой навык", "questions": "вопросов задано", "repeated": "из них дважды",
        "shown": "на экране у", "unseen": "звонит без страницы у", "ringing": "звонит у", "connected": "говорит с", "wrap_up": "завершает", "done": "закончил", "score": "уверенность",
        "hint": "известен лишь по номеру", "claimed": "назвал верное", "proved": "доказано", "ms": "мс",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells one story. language: "en" or "ru"; times are those of [routing] zone."""

    story: Story
    settings: RoutingSettings
    language: str

    def lines(self) -> list[tuple[str, str]]:
        """(time, words) of everything that happened, then ("", figures)."""
        there, found = zone(self.settings.zone), list[tuple[str, str]]()
        for line in self.story.lines:
            at = datetime.fromtimestamp(line.at_ms / 1000, there)
            head = self._word(line.what)
            found.append(
                (
                    f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}",
                    f"{head}: {self._told(line)}" if head else self._told(line),
                )
            )
        if self.story.record is not None:
            found.append(("", self._figures(self.story.record)))
        return found

    def _word(self, what: str) -> str:
        return WORDS[self.language].get(what, "")

    def _name(self, detail: Mapping[str, Any]) -> str:
        name = str(detail.get("operator", ""))
        return self.story.names.get(name, name)

    def _told(self, line: Line) -> str:
        """One line in words, without its time."""
        detail, labels = line.detail, self.settings.labels(self.language)
        match line.what:
            case "known":
                return self._who(detail)
            case "understood":
                value = f" = {detail['value']}" if "value" in detail else ""
                return f"{detail['slot']}{value} ({detail['how']}, {self._word('score')} {detail['score']:.2f}, {detail['step']})"
            case "waits":
                parts = (
                    labels.get(detail["skill"], detail["skill"]) or self._word("any"),
                    detail["language"],
                    "VIP" if detail["vip"] else "",
                    detail["why"],
                )
                return ", ".join(filter(None, parts))
            case "offered":
                because = sentence(reasons_of(line), self.language, self.settings.zone, labels)
                return f"{self._name(detail)}, {self._word('because')}: {because}" if because else self._name(detail)
            case "refused":
                return f"{self._name(detail)}: {why(detail['why'], self.language)}"
            case "moved" if detail["why"] == "no_page":
                return f"{self._word('unseen')} {self._name(detail)}"
            case "moved":
                end = f" ({why(detail['why'], self.language)})" if detail["why"] else ""
                return f"{self._word(detail['state'])} {self._name(detail)}{end}"
            case "left":
                return why(detail["why"], self.language)
            case "ended":
                return why(detail["outcome"], self.language)
            case "fact":
                return f"{fact(detail['fact'], self.language)} {detail['status'] or ''}".strip()
        worth = f" ({detail.get('engine', '')} {detail['score']:.2f})" if "score" in detail else ""
        return f"{detail.get('text', '')}{worth}"

    def _who(self, detail: Mapping[str, Any]) -> str:
        people = [
            f"{one['name'] or one['customer']} {one['confidence']:.2f} ({', '.join(one['proofs'])})"
            for one in detail["candidates"]
        ]
        parts = [f"{detail['identity']}: {' | '.join(people) or self._word('nobody')}"]
        if detail["confidence"]:
            parts.append(f"{self._word('sure')}: {self._word(detail['confidence']) or detail['confidence']}")
        if detail["lookup_ms"] >= 0:
            parts.append(f"{self._word('looked')} {detail['lookup_ms']} {self._word('ms')}")
        return "; ".join(parts)

    def _figures(self, record: Contact) -> str:
        """What it came to."""
        parts = [f"{self._word('outcome')}: {why(record.outcome, self.language)}"]
        for name, seconds in (
            ("waited", record.waited_s),
            ("talked", record.talked_s),
            ("held", record.held_s),
            ("wrap", record.wrap_s),
        ):
            if seconds or (name == "waited" and record.request):
                parts.append(f"{self._word(name)} {duration(seconds, self.language)}")
        if record.high_s:
            parts.append(
                f"{self._word('promised')} {duration(record.low_s, self.language)} .. {duration(record.high_s, self.language)}"
            )
        if record.questions:
            parts.append(f"{self._word('questions')} {record.questions}, {self._word('repeated')} {record.repeated}")
        return ", ".join(parts)
