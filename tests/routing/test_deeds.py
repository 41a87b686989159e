"""What a call does beyond talking, on real calls: a message is left, a call back wished for, speech slowed down; and a disk that is full."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from rapidfuzz import fuzz

from ivr.channels.outbox import Outbox
from ivr.memory.identity import Identity, phone
from ivr.memory.matter import Matter
from ivr.memory.memory import Memory
from ivr.memory.sounds import of_matter
from tests.peers.house import Running, call, house
from tests.routing.parcel_calls import in_memory, new_number
from voice.clock import epoch_ms
from voice.speech import wav
from voice.vault import Vault

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]
T = TypeVar("T")

KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" * 2
MESSAGES = {
    "en": "The box was open and two cups are broken. Please send me new ones.",
    "ru": "Коробка была открыта, и две чашки разбиты. Пожалуйста, пришлите новые.",
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deeds")


@pytest.fixture(scope="module")
def up(state: Path) -> Iterator[tuple[Running, int]]:
    settings = (
        f'state = "{state}"\n[[webhooks.target]]\nname = "gateway"\nurl = "https://sms.example/hook"\nkeys = ["{KEY}"]\n'
        'events = ["link.wanted", "callback.wanted"]\n[sip]\nport = 0\n'
    )
    with house(state, settings) as running:
        yield running


def act(at: str = "", **what: Any) -> dict[str, Any]:
    """Done at this question; without one, as soon as the house is silent."""
    return {"why": "test", **({"at": f"{at}.text"} if at else {}), **what}


def begin(language: str) -> list[dict[str, Any]]:
    """To the first question in this language."""
    return [act("help", press="9")] if language == "ru" else []


def to_a_colleague(language: str = "en") -> list[dict[str, Any]]:
    """By keys to the question how a colleague can help: order 9999 is lost."""
    return [*begin(language), act("help", press="2"), act("status", press="9999")]


def calls(
    up: tuple[Running, int], language: str, acts: list[dict[str, Any]], number: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the caller told, and how it ended for the house, with the prompts that were "said"."""
    running, port = up
    told = call(port, language, acts, number=number, until=lambda prompt: running.until_said(prompt, 45))
    outcome = running.until("outcome", 30)
    return told, {**outcome, "said": running.said(outcome["call"])}


def remembered(state: Path, job: Callable[[Memory], Awaitable[T | None]]) -> T:
    """What the house's own memory says as soon as it says anything: what is kept while its Redis is slow lies in a journal first."""
    last = time.monotonic() + 20
    while (found := asyncio.run(in_memory(f"unix://{state}/redis/redis.sock", job))) is None:
        assert time.monotonic() < last, "it is not remembered"
        time.sleep(0.1)
    return found


def matter_of(state: Path, who: Identity, slot: str = "") -> Matter:
    """The one matter of this caller, open or not; when it has an answer for this slot."""

    async def job(memory: Memory) -> Matter | None:
        names = await memory.store.command("ZRANGE", f"o{who.address}", 0, -1)
        if not names:
            return None
        (name,) = names
        found = await memory.matters.load(name)
        return found if found and (not slot or any(line.slot == slot for line in found.ledger)) else None

    return remembered(state, job)


def kept_message(state: Path, who: Identity) -> tuple[str, np.ndarray]:
    """The words of the message in the matter's ledger, and its sound; on the disk it is not to be read."""
    matter = matter_of(state, who, "message")
    (name,) = of_matter(matter)
    vault = Vault(state / "sound")
    assert b"RIFF" not in (vault.folder / name).read_bytes()
    (line,) = [line for line in matter.ledger if line.slot == "message"]
    assert (line.recording, line.by, line.channel) == (name, "speech", "phone")
    sound = wav.parse(vault.read(name))
    assert sound.rate_hz == 8000
    return str(line.value), sound.samples()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_message_is_recorded_understood_and_kept_with_its_matter(up: tuple[Running, int], state: Path, language: str) -> None:
    number = new_number()
    acts = [act("colleague", press="3"), act("note", say=MESSAGES[language]), act("more", press="2")]
    _, outcome = calls(up, language, [*to_a_colleague(language), *acts], number)
    said = outcome["said"]
    assert said[said.index("note.text") :] == ["note.text", "note_kept.text", "more.text", "goodbye.text"], said
    assert "ended at goodbye" in outcome["outcome"]
    words, sound = kept_message(state, phone(number))
    assert fuzz.token_set_ratio(words.lower(), MESSAGES[language].lower()) > 60, words
    assert 3 < len(sound) / 8000 < 14
    assert np.abs(sound.astype(int)).max() > 3000


def test_whoever_hangs_up_in_the_middle_has_left_what_he_said(up: tuple[Running, int], state: Path) -> None:
    number = new_number()
    acts = [act("colleague", press="3"), act("note", say=MESSAGES["en"]), act(hang_up=True, wait="after", after_ms=3000)]
    calls(up, "en", [*to_a_colleague(), *acts], number)
    words, sound = kept_message(state, phone(number))
    assert "box" in words.lower()
    assert 1.5 < len(sound) / 8000 < 6


def test_an_answer_in_free_words_is_kept_as_sound_beside_its_words(tmp_path_factory: pytest.TempPathFactory) -> None:
    state = tmp_path_factory.mktemp("story")
    flow = Path(__file__).parents[1] / "ivr" / "flows" / "story.yaml"
    with house(state, f'state = "{state}"\nflow = "{flow}"\n[sip]\nport = 0\n') as (running, port):
        call(port, "en", [act(say="my parcel came yesterday and the box was wet")], number="+74951110006")
        outcome = running.until("outcome", 30)
        matter = matter_of(state, phone("+74951110006"))
    assert "ended at thanks" in outcome["outcome"]
    (line,) = matter.ledger
    assert fuzz.token_set_ratio(str(line.value).lower(), "my parcel came yesterday and the box was wet") > 60, line.value
    sound = wav.parse(Vault(state / "sound").read(line.recording)).samples()
    assert 2 < len(sound) / 8000 < 5, "the turn and no more"


def test_a_call_back_is_noted_with_the_number_that_called(up: tuple[Running, int], state: Path) -> None:
    number = new_number()
    _, outcome = calls(up, "en", [*to_a_colleague(), act("colleague", press="2"), act("more", press="2")], number)

    async def job(memory: Memory) -> list[tuple[str, str]] | None:
        return [(wish.reason, wish.matter) for wish in await memory.callbacks.waiting() if wish.number == number] or None

    assert remembered(state, job) == [("parcel", matter_of(state, phone(number)).id)]
    assert "call_noted.text" in outcome["said"]


@pytest.mark.parametrize(("language", "words"), [("en", "4712"), ("ru", "«Ласточка»")])
def test_a_link_waits_for_whoever_sends_messages(up: tuple[Running, int], state: Path, language: str, words: str) -> None:
    number = new_number()
    acts = [act("help", press="2"), act("status", press="4712"), act("keep_day", press="1"), act("more", press="2")]
    _, outcome = calls(up, language, [*begin(language), *acts], number)
    assert outcome["said"][-3:] == ["link_sent.text", "more.text", "goodbye.text"]

    async def job(memory: Memory) -> list[dict[str, Any]] | None:
        box = Outbox(memory.store, "hook:gateway", epoch_ms)
        found = []
        while (item := (await box.take())[0]) is not None:
            found.append(item.body)
        return [dict(body["data"]) for body in found if body["type"] == "link.wanted" and body["data"]["to"] == number] or None

    (link,) = remembered(state, job)
    assert words in link["text"]
    assert (link["language"], link["channel"], link["matter"]) == (language, "sms", matter_of(state, phone(number)).id)


@pytest.mark.parametrize(("language", "word"), [("en", "slower please"), ("ru", "помедленнее, пожалуйста")])
def test_slower_speech_takes_longer(up: tuple[Running, int], language: str, word: str) -> None:
    told, _ = calls(
        up, language, [*begin(language), act("help", press="*", wait="end"), act("help", say=word), act(hang_up=True)], ""
    )
    spoken_s = []
    for line in told:
        match line["what"]:
            case "presses" | "says":
                spoken_s.append(0.0)
            case "house speaks":
                begun = line["at_ns"]
            case "house silent" if spoken_s:
                spoken_s[-1] += (line["at_ns"] - begun) / 1e9
    usual, slow = spoken_s[-2:]
    assert 1.08 < slow / usual < 1.5, spoken_s


def test_where_sound_cannot_be_kept_the_call_goes_on_to_a_person(tmp_path_factory: pytest.TempPathFactory) -> None:
    state = tmp_path_factory.mktemp("full")
    (state / "sound").write_text("no folder, as a full disk is no room")
    with house(state, f'state = "{state}"\n[sip]\nport = 0\n') as (running, port):
        _, outcome = calls((running, port), "en", [*to_a_colleague(), act("colleague", press="3")], "+74951110005")
    assert outcome["said"][-3:] == ["note.text", "operator.text", "handover.nobody"]
    assert "handed over" in outcome["outcome"]
