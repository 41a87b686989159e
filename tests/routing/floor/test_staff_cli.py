"""`hotline operators` and `hotline explain`, as one types them, on a real Redis."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ivr.memory.store import Store
from routing.cli import app
from routing.floor.contacts import Contacts
from routing.floor.store import Floor
from routing.staff_cli import DEMO, seed
from tests.peers.redis import RedisServer
from tests.routing.floor.conftest import NOON_MS
from voice.errors import HotlineError

ADD = ("add", "anna", "--name", "Анна <script>", "--skill", "delivery:3", "--language", "ru:3", "--uri", "sip:200@pbx.example")


@pytest.fixture(autouse=True)
def house(server: RedisServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A house of its own: an empty store, no settings file."""
    server.ask("FLUSHALL")
    monkeypatch.setenv("HOTLINE_REDIS", server.url)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("HOTLINE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def hotline(*words: str) -> Result:
    return CliRunner().invoke(app, [*words], env={"COLUMNS": "200"})


def operators(*words: str) -> Any:
    result = hotline("operators", *words)
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout) if "--json" in words else result.stdout


def refused(*words: str) -> str:
    result = hotline("operators", *words)
    assert isinstance(result.exception, HotlineError)
    return f"{result.exception.what}; {result.exception.remedy}"


def test_an_operator_from_first_to_last() -> None:
    operators(*ADD)
    operators("status", "anna", "ready")
    operators(
        "set",
        "anna",
        "--capacity",
        "chat:1",
        "--beside-call",
        "chat:1",
        "--answer",
        "desk",
        "--role",
        "operator",
        "--role",
        "supervisor",
    )
    shown = operators("show", "anna", "--json")
    assert (shown["name"], shown["skills"], shown["languages"]) == ("Анна <script>", {"delivery": 3}, {"ru": 3})
    assert shown["capacity"] == {"call": 1, "chat": 1, "mail": 5}
    assert (shown["answer"], shown["roles"], shown["presence"]["status"]) == ("desk", ["operator", "supervisor"], "ready")
    [listed] = operators("list", "--json")
    assert (listed["id"], listed["presence"]["load"]["call"]) == ("anna", 0)
    table = operators("list")
    assert "Анна <script>" in table
    assert "delivery:3" in table
    operators("status", "anna", "pause", "--reason", "lunch")
    assert "pause (lunch)" in operators("list")
    operators("set", "anna", "--inactive")
    assert "inactive" in operators("list")
    operators("remove", "anna")
    assert operators("list", "--json") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "Anna!"), "no id of an operator"),
        (("add", "boris", "--skill", "delivery"), "delivery:3"),
        (("add", "boris", "--skill", "delivery:4"), "1 to 3"),
        (("add", "boris", "--uri", "200@pbx"), "no SIP URI"),
        (("add", "boris", "--capacity", "fax:1"), "call, chat, mail"),
        (("add", "boris", "--role", "king"), "operator, supervisor"),
        (("add", "boris", "--answer", "loudly"), "phone, desk"),
        (("add", "anna"), "already"),
        (("show", "nobody"), "hotline operators list"),
        (("set", "nobody", "--team", "x"), "no such operator"),
        (("remove", "nobody"), "no such operator"),
        (("status", "anna", "asleep"), "offline, ready, pause"),
        (("status", "anna", "wrap_up"), "no status"),
    ],
)
def test_mistakes_say_what_to_do(words: tuple[str, ...], says: str) -> None:
    operators(*ADD)
    assert says in refused(*words)


def test_a_demonstration_has_two_who_are_ready(server: RedisServer) -> None:
    async def made() -> None:
        store = Store(server.url, op_ms=5000)
        floor = Floor(store, lambda: NOON_MS)
        first, second = await seed(floor, "sip:one@127.0.0.1:6001")
        assert (first.uri, second.uri) == ("sip:one@127.0.0.1:6001", DEMO[1].uri)
        assert [presence.status for presence in await floor.presences()] == ["ready", "ready"]
        await store.close()

    asyncio.run(made())


def test_a_story_is_told(server: RedisServer) -> None:
    async def made() -> None:
        store = Store(server.url, op_ms=5000)
        await store.command(
            "RPUSH", "hotline:floor:talk:call-1", json.dumps({"who": "caller", "text": "[bold]hello", "at_ms": NOON_MS, "n": 0})
        )
        await Contacts(store).keep("call-1", NOON_MS, outcome="contained", questions=2, repeated=0)
        await store.close()

    asyncio.run(made())
    told = hotline("explain", "last")
    assert told.exit_code == 0
    assert "caller: [bold]hello" in told.stdout
    assert "outcome: settled by the house alone" in told.stdout
    assert "итог: решено без оператора" in hotline("explain", "call-1", "--language", "ru").stdout
    assert json.loads(hotline("explain", "--json").stdout)["contact"] == "call-1"
    missing = hotline("explain", "nobody")
    assert isinstance(missing.exception, HotlineError)
    assert missing.exception.what == "nothing is known of such a call"
    assert isinstance(hotline("explain", "--language", "fr").exception, HotlineError)
