"""What an API answers when it cannot do as asked: problem details (RFC 9457), which never repeat what was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, Field

KIND = "application/problem+json"
URN = "urn:hotline:problem:"


class Mistake(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="JSON Pointer (RFC 6901) into the body", examples=["/identities/0/value"])
    what: str


class Details(BaseModel):
    """Problem details, RFC 9457."""

    type: str = Field(examples=[f"{URN}invalid"])
    title: str
    status: int
    detail: str = ""
    errors: list[Mistake] = []


class Problem(Exception):
    """An answer in place of the one that was hoped for. name: of the problem, the last part of its type."""

    def __init__(
        self, status: int, name: str, detail: str = "", errors: Sequence[Mistake] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(name)
        self.details = Details(
            type=URN + name, title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors)
        )
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """As it goes out."""
        body = json.dumps(self.details.model_dump(exclude_defaults=True) | {"status": self.details.status}).encode()
        return web.Response(
            status=self.details.status, body=body, content_type=KIND, headers={"Cache-Control": "no-store", **self.headers}
        )


def later(status: int, name: str, seconds: float, detail: str) -> Problem:
    """A problem that passes: with Retry-After (RFC 9110 section 10.2.3)."""
    return Problem(status, name, detail, headers={"Retry-After": str(max(1, round(seconds + 0.5)))})
