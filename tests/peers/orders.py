"""The shop's order service over HTTP, as a connector asks it: answers at once, or only when a test lets it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from ivr.connectors.orders import look_up


class Orders:
    """`with Orders() as orders`: `url` is where it is asked. held: no answer until `let_go`; asked_ns: when it was asked (CLOCK_MONOTONIC)."""

    def __init__(self) -> None:
        self.asked_ns: list[int] = []
        self._asked = threading.Semaphore(0)
        self._free = threading.Event()
        self._free.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                arguments = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked_ns.append(time.monotonic_ns())
                outer._asked.release()
                outer._free.wait(30)
                found = look_up(arguments)
                body = json.dumps(dict(found or {})).encode()
                with contextlib.suppress(ConnectionError):  # whoever asked has given up
                    self.send_response(200 if found else 404)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/orders"

    def hold(self) -> None:
        while self._asked.acquire(blocking=False):
            pass  # what was asked before
        self._free.clear()

    def until_asked(self, timeout_s: float = 30) -> None:
        """The next question since `hold`."""
        assert self._asked.acquire(timeout=timeout_s), "nobody asked"

    def let_go(self) -> None:
        self._free.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.let_go()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
