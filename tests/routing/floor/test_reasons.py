"""Reasons in words: whatever match gives has both languages, and says its figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from routing.floor import match
from routing.floor.reasons import FACTS, WHY, WORDS, duration, fact, readable, sentence, why
from routing.floor.records import Reason

TEN_02 = 1_800_007_320_000  # 2027-01-15 10:02 UTC


def test_a_sentence_as_one_would_say_it() -> None:
    reasons = [
        Reason("longest_idle", {"idle_s": 240, "of": 3}), Reason("waited", {"s": 12}),
        Reason("preferred_away", {"operator": "Anna", "status": "pause", "since_ms": TEN_02}), Reason("skill", {"skill": "delivery", "level": 3, "of": 3}),
    ]  # fmt: skip
    assert (
        sentence(reasons, "en")
        == "skill delivery 3 of 3, last operator Anna away since 10:02, longest idle of 3 (4 min), waited 12 s"
    )
    russian = sentence(reasons, "ru", "Europe/Moscow", {"delivery": "Доставка"})
    assert (
        russian
        == "навык «Доставка» 3 из 3, прежний оператор Anna отошёл с 13:02, дольше всех свободен из 3 (4 мин), ожидание 12 с"
    )


def test_every_code_of_match_has_words_in_both_languages() -> None:
    codes = set(re.findall(r'Reason\(\s*"(\w+)"', Path(str(match.__file__)).read_text(encoding="utf-8")))
    assert len(codes) > 12
    assert codes <= set(WORDS)
    for words in (*WORDS.values(), *WHY.values(), *FACTS.values()):
        assert set(words) == {"en", "ru"}
        assert set(re.findall(r"{\w+}", words["en"])) == set(re.findall(r"{\w+}", words["ru"]))


@pytest.mark.parametrize("reason", [Reason("of_tomorrow", {"x": 1}), Reason("skill", {"other": 1})])
def test_what_another_version_wrote_is_no_error(reason: Reason) -> None:
    assert readable(reason, "en") == reason.code


def test_a_name_is_no_pattern() -> None:
    assert readable(Reason("refused", {"operator": "{level}<script>"}), "en") == "{level}<script> did not take it"


def test_times_and_ends() -> None:
    assert [duration(s, "en") for s in (0, 89, 90, 3600, 7500)] == ["0 s", "89 s", "2 min", "60 min", "2 h 5 min"]
    assert duration(125 * 60, "ru") == "2 ч 5 мин"
    assert (fact("bridged", "ru"), fact("lost", "en")) == ("соединено", "the operator's phone was cut off")
    assert (why("no_answer", "ru"), why("no_answer", "de"), why("else", "en")) == ("не ответил", "no answer", "else")
