"""A JSON service over HTTP (RFC 9110, RFC 8259): the arguments are posted as an object, an object comes back, 404 is "no such thing"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from voice.errors import HotlineError

LONGEST_BYTES = 256 * 1024
LIMIT_S = 10.0  # whatever the flow allows: no thread waits longer for a service


class ServiceError(HotlineError):
    """The service did not answer as a connector does; the text names no arguments."""


class _NoRedirect(HTTPRedirectHandler):
    """Personal data goes to the address that the flow names and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def look_up(address: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Ask the service, and wait for it."""
    body = json.dumps(dict(arguments), ensure_ascii=False).encode()
    request = Request(address, body, {"Content-Type": "application/json", "Accept": "application/json"}, method="POST")
    try:
        with build_opener(_NoRedirect).open(request, timeout=LIMIT_S) as reply:
            raw = reply.read(LONGEST_BYTES + 1)
    except HTTPError as error:
        error.close()
        if error.code == 404:
            return None
        raise ServiceError(f"{address} answered {error.code}") from None
    except (URLError, OSError, ValueError) as error:
        raise ServiceError(f"{address} cannot be reached: {type(error).__name__}") from None
    return _object(raw, address)


def _object(raw: bytes, address: str) -> Mapping[str, Any] | None:
    if len(raw) > LONGEST_BYTES:
        raise ServiceError(f"{address} answered with more than {LONGEST_BYTES} bytes")
    try:
        found = json.loads(raw)
    except ValueError:
        raise ServiceError(f"{address} did not answer in JSON") from None
    if found is not None and not isinstance(found, dict):
        raise ServiceError(f"{address} did not answer with an object")
    return found
