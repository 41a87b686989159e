"""`hotline up` as a company runs it: on a Redis with TLS, a program is told what happens, Prometheus is shown what was counted."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from ivr.channels import signature
from tests.ivr.memory.test_sentinel import free_port
from tests.peers.certificate import certificate
from tests.peers.house import call
from tests.peers.redis import RedisServer
from tests.routing.parcel_calls import EVENING, NO_MORE, ORDER, RIGHT, TOPIC, at_step, day, in_memory, new_number
from tests.routing.up import Up

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]
KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" * 2


class Told(BaseHTTPRequestHandler):
    """A program that is told, and believes what is signed."""

    came: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signature.verify({"house": [signature.key(KEY)]}, self.headers, body, time.time())
        self.came.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def told() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """(port, what came)."""
    came: list[dict[str, Any]] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Told,), {"came": came})) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, came
        server.shutdown()
        thread.join()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    made, port = certificate(tmp_path), free_port()
    files = ["--tls-cert-file", made["tls_certificate"], "--tls-key-file", made["tls_key"], "--tls-ca-cert-file", made["tls_ca"]]
    with RedisServer("--tls-port", str(port), *files, "--tls-auth-clients", "no"):
        yield f"rediss://127.0.0.1:{port}?ssl_ca_certs={made['tls_ca']}"


def samples(port: int) -> dict[str, float]:
    """What Prometheus would keep, by "name{value of each label}"."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        families = list(parsed(answer.read().decode()))
    return {f"{one.name}{{{','.join(one.labels.values())}}}": one.value for family in families for one in family.samples}


def test_a_call_from_its_first_answer_to_its_end(redis: str, told: tuple[int, list[dict[str, Any]]], tmp_path: Path) -> None:
    port, came = told
    metrics = free_port()
    settings = (
        f'redis = "{redis}"\n[[webhooks.target]]\nname = "crm"\nurl = "http://127.0.0.1:{port}/"\nkeys = ["{KEY}"]\n'
        f'allow = ["127.0.0.0/8"]\n[metrics]\nport = {metrics}\n'
    )
    number = new_number()

    def until(there: Callable[[], bool]) -> None:
        last = time.monotonic() + 30
        while not there():
            assert time.monotonic() < last, came
            time.sleep(0.1)

    with Up(tmp_path, settings) as up:
        call(up.port, "en", [TOPIC, ORDER, day(), EVENING, RIGHT, NO_MORE], number=number, until=at_step(redis, number))
        until(lambda: len(came) == 3 and samples(metrics).get("hotline_calls_total{ended}") == 1)
        counted = samples(metrics)
    assert [event["type"] for event in came] == ["matter.opened", "matter.closed", "call.ended"]
    ended = came[-1]["data"]
    assert (ended["outcome"], ended["ending"], ended["done"]) == (
        "understood topic status; ended at goodbye",
        "ended at goodbye",
        True,
    )
    assert {event["data"]["matter"] for event in came} == {ended["matter"]}
    assert number not in json.dumps(came)
    assert counted["hotline_questions_total{phone}"] >= 5
    assert counted.get("hotline_questions_repeated_total{phone}", 0) == 0
    assert asyncio.run(in_memory(redis, lambda memory: memory.matters.load(ended["matter"]))) is not None
