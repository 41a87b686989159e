"""The desk's page and all it loads, from this machine only: read once, with an ETag (RFC 9110 section 8.8.3) and a strict CSP (level 3).

lit-html and uPlot are put by `make setup`, or by a wheel, under the environment's share/hotline/web; without them the page says so, and
nothing else of the house minds.
"""

from __future__ import annotations

import hashlib
import sys
from importlib import resources
from pathlib import Path

from aiohttp import web

from routing.desk.libraries import LIBRARIES
from voice.errors import ConfigError

# No inline script, no inline style, no frame, no form, nothing of anybody else's.
PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
FILE_CSP = "default-src 'none'; frame-ancestors 'none'"
TYPES = {
    ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml", ".json": "application/json",
}  # fmt: skip
REMEDY = "Run make setup: it brings lit-html and uPlot by npm."


def libraries() -> Path:
    """Where `make setup` and a wheel put what comes from npm."""
    return Path(sys.prefix) / "share" / "hotline" / "web" / "node_modules"


def missing() -> list[str]:
    """Files of libraries that are not there."""
    folder = libraries()
    return [name for name in LIBRARIES if not (folder / name).is_file()]


def routes() -> list[web.RouteDef]:
    """The page at /desk, its own files below /desk/files/, the libraries below /desk/lib/. Raises ConfigError where these are missing."""
    folder = libraries()
    if lacking := missing():
        raise ConfigError(f"the desk's page lacks {lacking[0]}", REMEDY)
    own = Path(str(resources.files("routing.desk"))) / "pages"
    found = [_route("/desk", own / "desk.html")]
    found += [
        _route(f"/desk/files/{path.relative_to(own)}", path)
        for path in sorted(own.rglob("*"))
        if path.suffix in TYPES and path.is_file()
    ]
    return found + [_route(f"/desk/lib/{name}", folder / name) for name in LIBRARIES]


def _route(path: str, source: Path) -> web.RouteDef:
    body = source.read_bytes()
    etag = hashlib.sha256(body).hexdigest()[:20]
    headers = {
        "Content-Type": f"{TYPES[source.suffix]}; charset=utf-8",
        "Cache-Control": "no-cache",  # asked for each time, sent when it has changed: page and house are always of one version
        "Content-Security-Policy": PAGE_CSP if source.suffix == ".html" else FILE_CSP,
        "ETag": f'"{etag}"',
    }

    async def answer(request: web.Request) -> web.Response:
        if any(known.value == etag for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers=headers)

    return web.get(path, answer)
