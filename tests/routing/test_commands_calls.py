"""The other language, asked for in words on a real call, by a caller of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.house import Running, call, house
from tests.routing.parcel_calls import new_number

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    folder = tmp_path_factory.mktemp("commands")
    with house(folder, f'state = "{folder}"\n[sip]\nport = 0\n') as running:
        yield running


def says(words: str) -> dict[str, Any]:
    return {"why": words, "say": words}


@pytest.mark.parametrize(("first", "words"), [("en", "Can we speak Russian?"), ("ru", "По-английски, пожалуйста.")])
def test_the_other_language(up: tuple[Running, int], first: str, words: str) -> None:
    running, port = up
    begin = [{"why": "language", "press": "9"}] if first == "ru" else []
    call(port, first, [*begin, says(words), {"why": "gone", "hang_up": True}], number=new_number())
    outcome = running.until("outcome", 30)
    spoken = [line["language"] for line in running.lines if line.get("who") == "house" and line["call"] == outcome["call"]]
    assert spoken[-1] == {"en": "ru", "ru": "en"}[first], running.heard(outcome["call"])
