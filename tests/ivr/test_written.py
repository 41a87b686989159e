"""What chat and mail read: other words than the phone says where those would be silly, figures, and nothing about keys."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from ivr.actions import Heard, NoInput, Say, SendLink
from ivr.flow import check, load
from ivr.spoken.writing import filters
from tests.ivr.parcels import FLOW, Talk, typed
from tests.ivr.test_flow import SMALL

TODAY = date(2026, 5, 4)
OF_KEYS = re.compile(
    r"\b(press|keys?|say|listen|dial|call(?:ing)? us|line|calling)\b|нажм|клавиш|скаж|набер|на линии|звонок|слуша|назовите, пожалуйста",
    re.I,
)
# What a written channel cannot come to: it hears nothing, and so loses no hearing.
NEVER_WRITTEN = ("hearing_lost",)


def test_no_text_of_a_written_channel_speaks_of_keys_or_of_a_call() -> None:
    found = []
    for prompt in FLOW.prompts():
        of_keys = prompt.id.endswith((".keys", ".offer"))
        if prompt.id not in NEVER_WRITTEN and not (of_keys and not prompt.written):
            found += [
                f"{prompt.id} {code}: {text}"
                for code in FLOW.languages
                if OF_KEYS.search(text := prompt.text(code, written=True))
            ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_whoever_says_nothing_reads_no_word_of_keys(language: str) -> None:
    for words in (("где моя посылка",), ("где моя посылка", "4711"), ("где моя посылка", "4712"), ("где моя посылка", "9999")) if language == "ru" else (
        ("where is my parcel",), ("where is my parcel", "4711"), ("where is my parcel", "4712"), ("where is my parcel", "9999"),
    ):  # fmt: skip
        talk = typed(*words, "", "", "", "", "", language=language, channel="chat")
        assert len(talk.house) >= 5
        assert not [text for text in talk.house if OF_KEYS.search(text)]
        assert len(set(talk.house)) == len(talk.house), "nothing is written twice"


def test_the_same_talk_spoken_and_written() -> None:
    lines = ("where is my parcel", "4711", "friday", "morning", "yes", "no")
    spoken, written = typed(*lines).house, typed(*lines, channel="email").house
    assert "One moment, I book it." in spoken
    assert len(written) == len(spoken) - 1, "in writing nobody waits a moment"
    assert "So, order 4711, on Friday 8 May, in the morning. Is that right?" in written
    assert "So, order four seven, one one, on Friday the eighth of May, in the morning. Is that right?" in spoken
    assert (spoken[-1], written[-1]) == (
        "Thank you for calling. Have a lovely day!",
        "Thank you for writing to us. Have a lovely day!",
    )


def test_a_message_that_is_sent_is_written_even_by_the_phone() -> None:
    talk = Talk()
    talk.idle = False
    for words in ("where is my parcel", "4712", "yes"):
        talk.done(Heard(words))
    sent = next(act for act in talk.acts if isinstance(act, SendLink))
    assert "order 4712" in sent.text


def test_keys_without_other_words_for_them_are_left_out_in_writing(tmp_path: Path) -> None:
    from ivr.actions import Handover, Started
    from ivr.machine import begin, step

    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    flow = load(tmp_path / "small.yaml")
    said: dict[str, list[str]] = {}
    for channel in ("phone", "chat"):
        state, acts = step(flow, begin(flow), Started("en", channel))
        said[channel] = []
        while not any(isinstance(act, Handover) for act in acts):
            state, acts = step(flow, state, NoInput())
            said[channel] += [act.text for act in acts if isinstance(act, Say)]
    assert said == {"phone": ["Are you there?", "Tea is one.", "One moment."], "chat": ["Are you there?", "One moment."]}


def test_a_text_for_each_way(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(SMALL.replace("{en: Bye.}", "{en: {spoken: Bye., written: ''}}"), encoding="utf-8")
    bye = load(file).prompt("bye.text")
    assert bye is not None
    assert (bye.text("en"), bye.text("en", written=True)) == ("Bye.", "")
    wrong = {
        "{en: {spoken: Bye., writen: So.}}": ['unknown key "writen" in bye.text in en; did you mean "written"?', 'bye.text in en lacks "written"'],
        "{en: {written: So.}}": ['bye.text in en lacks "spoken"'],
        "{en: {spoken: '', written: So.}}": ["bye.text in en must be a text"],
        "{en: {spoken: Bye., written: '{{ name }}'}}": ['bye.text in en: unknown slot or fact "name"'],
    }  # fmt: skip
    for text, expected in wrong.items():
        file.write_text(SMALL.replace("{en: Bye.}", text), encoding="utf-8")
        found = "\n".join(map(str, check(file)))
        assert all(one in found for one in expected), found
    file.write_text(SMALL.replace("{en: 'Tea or coffee?'}", "{en: {spoken: 'Tea or coffee?', written: ''}}"), encoding="utf-8")
    assert '"ask" asks nothing in writing' in "\n".join(map(str, check(file)))


@pytest.mark.parametrize(
    ("language", "name", "value", "rest", "expected"),
    [
        ("en", "date", "2026-05-08", (), "Friday 8 May"),
        ("en", "on_date", "2026-05-05", (), "tomorrow, Tuesday 5 May"),
        ("en", "on_date", "2026-05-08", (), "on Friday 8 May"),
        ("en", "on_date", "2025-01-08", (), "on 8 January 2025"),
        ("ru", "on_date", "2026-05-05", (), "завтра, во вторник, 5 мая"),
        ("ru", "date", "2027-03-01", (), "1 марта 2027 года"),
        ("en", "time", "15:30", (), "15:30"),
        ("en", "digits", "4711", (), "4711"),
        ("en", "number", 1234.5, (), "1,234.5"),
        ("ru", "number", 1234.5, (), "1\u00a0234,5"),
        ("en", "money", {"amount": "12.5", "currency": "EUR"}, (), "€12.50"),
        ("ru", "money", {"amount": "1200", "currency": "RUB"}, (), "1\u00a0200\u00a0₽"),
        ("en", "money", "-3", ("CHF",), "-3\u00a0CHF"),
        ("en", "ordinal", 22, (), "22nd"),
        ("en", "ordinal", 112, (), "112th"),
        ("ru", "ordinal", 3, ("genitive",), "3-го"),
        ("ru", "ordinal", 1, ("nominative", "feminine"), "1-я"),
        ("ru", "ordinal", 5, (), "5-й"),
        ("ru", "count", 3, ("посылка",), "3 посылки"),
        ("en", "count", 3, ("parcel",), "3 parcels"),
        ("en", "phone", "+79161234567", (), "+7 916 123-45-67"),
        ("en", "phone", "none", (), "none"),
        ("ru", "spell", "Иванов", (), "Иванов"),
    ],
)  # fmt: skip
def test_values_as_one_writes_them(language: str, name: str, value: object, rest: tuple[str, ...], expected: str) -> None:
    assert filters(language, TODAY)[name](value, *rest) == expected


def test_back_does_not_return_to_what_is_forgotten() -> None:
    talk = typed("where is my parcel", "4711", "friday", "morning", "yes", "back")
    assert talk.house[-1] == "Sure. What would you like to know?", "the order is settled and forgotten"
    talk = typed("my order 4712 has not come", "yes", "back", "yes")
    assert not any("order ," in text or "order with" in text for text in talk.house)


def test_what_is_told_ahead_does_not_skip_a_question() -> None:
    talk = typed("where is my parcel", "4712", "in the evening", "friday")
    assert talk.house[-2:] == (
        "Which day shall we bring it?",
        "So, order four seven, one two, on Friday the eighth of May, in the evening. Is that right?",
    )


@pytest.mark.parametrize(
    ("language", "hello"),
    [("en", "Hello?"), ("en", "hi there, good morning"), ("ru", "Привет"), ("ru", "алло, вы меня слышите?")],
)
def test_whoever_only_greets_is_asked_again_and_has_made_no_mistake(language: str, hello: str) -> None:
    talk = typed(hello, hello, hello, language=language, channel="chat")
    question = FLOW.steps["help"].text
    assert question is not None
    assert talk.house[1:4] == (question.texts[language],) * 3
    assert talk.house[4] == FLOW.steps["help"].no_match[0].text(language, written=True), "not for ever"
