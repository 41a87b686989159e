"""Connectors: functions that come along, functions of one's own, and JSON services, a real one on loopback among them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ivr.connectors import connect, connectors, shipped
from ivr.connectors.service import LONGEST_BYTES, ServiceError, look_up
from ivr.flow.page import Place
from ivr.flow.parts import Connector
from tests.ivr.parcels import FLOW
from voice.errors import ConfigError

HERE = Place("flow.yaml", 1, 1)


def own(arguments: dict[str, Any]) -> dict[str, Any]:
    """A function of one's own, as a flow names it."""
    return {"doubled": 2 * arguments["n"]}


async def own_async(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"tripled": 3 * arguments["n"]}


async def test_those_of_the_flow_that_comes_along() -> None:
    found = connectors(FLOW)
    assert set(found) == {"orders", "deliveries", "consent"}
    assert await found["orders"]({"number": "4711"}) == {"state": "late", "days": -2, "address": "Lindenstraße 4"}
    assert await found["orders"]({"number": "0000"}) is None
    booked = await found["deliveries"]({"number": "4711", "day": "2026-05-08", "window": "morning"})
    assert booked == await found["deliveries"]({"number": "4711", "day": "2026-05-08", "window": "morning"})
    assert await found["deliveries"]({"number": "4711", "day": None, "window": "morning"}) is None
    assert shipped() == ("consent", "deliveries", "orders")


@pytest.mark.parametrize(("name", "expected"), [("own", {"doubled": 8}), ("own_async", {"tripled": 12})])
async def test_functions_of_ones_own(name: str, expected: dict[str, Any]) -> None:
    assert await connect(Connector("x", f"{__name__}:{name}", "", HERE))({"n": 4}) == expected


@pytest.mark.parametrize("name", ["ordres", "no.such.module:find", f"{__name__}:nothing", f"{__name__}:HERE"])
def test_one_that_is_not_there(name: str) -> None:
    with pytest.raises(ConfigError, match='connector "x"'):
        connect(Connector("x", name, "", HERE))


class Service(BaseHTTPRequestHandler):
    """Answers as the path says."""

    seen: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(json.loads(body))
        answers = {"/good": (200, b'{"state": "late"}'), "/none": (404, b""), "/null": (200, b"null"), "/list": (200, b"[1]"), "/broken": (200, b"{"),
                   "/error": (500, b"{}"), "/moved": (302, b""), "/huge": (200, b'"' + b"x" * LONGEST_BYTES + b'"')}  # fmt: skip
        status, reply = answers[self.path]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_service_is_asked_by_post(address: str) -> None:
    assert await connect(Connector("x", "", f"{address}/good", HERE))({"number": "4711", "name": "Мария"}) == {"state": "late"}
    assert Service.seen[-1] == {"number": "4711", "name": "Мария"}


@pytest.mark.parametrize("path", ["none", "null"])
def test_no_such_thing(address: str, path: str) -> None:
    assert look_up(f"{address}/{path}", {}) is None


@pytest.mark.parametrize("path", ["list", "broken", "error", "moved", "huge"])
def test_what_is_no_answer(address: str, path: str) -> None:
    with pytest.raises(ServiceError) as caught:
        look_up(f"{address}/{path}", {"secret": "4711"})
    assert "4711" not in str(caught.value)


def test_a_service_that_is_away() -> None:
    with pytest.raises(ServiceError, match="cannot be reached"):
        look_up("http://127.0.0.1:9/", {})


def test_its_folder_holds_what_flows_may_name() -> None:
    folder = Path(__file__).parents[2] / "ivr" / "connectors"
    assert {path.stem for path in folder.glob("*.py")} == {"__init__", "service", *shipped()}
