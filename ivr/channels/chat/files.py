"""The widget and the demo page as files on the web: read once, with an ETag (RFC 9110 section 8.8.3), and a strict CSP (level 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from aiohttp import web

# Nothing but the house's own files: no inline script, no inline style, no frame, no form.
PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
FILE_CSP = "default-src 'none'; frame-ancestors 'none'"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class File:
    """One file under one path. anywhere: other sites may load it, too."""

    path: str
    folder: str
    name: str
    anywhere: bool = False

    def route(self) -> web.RouteDef:
        """Its handler; the file is read now."""
        source = resources.files("ivr.channels") / self.folder / self.name
        body = source.read_bytes()
        etag = hashlib.sha256(body).hexdigest()[:20]
        suffix = self.name[self.name.rindex(".") :]
        headers = {
            "Content-Type": f"{TYPES[suffix]}; charset=utf-8",
            "Cache-Control": "public, max-age=300",
            "Content-Security-Policy": PAGE_CSP if suffix == ".html" else FILE_CSP,
        }
        if self.anywhere:
            headers |= {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}

        async def answer(request: web.Request) -> web.Response:
            if any(known.value == etag for known in request.if_none_match or ()):
                return web.Response(status=304, headers={**headers, "ETag": f'"{etag}"'})
            return web.Response(body=body, headers={**headers, "ETag": f'"{etag}"'})

        return web.get(self.path, answer)


FILES = (
    File("/widget.js", "widget", "widget.js", anywhere=True),
    File("/demo/en", "demo", "en.html"),
    File("/demo/ru", "demo", "ru.html"),
    File("/demo/shop.css", "demo", "shop.css"),
    File("/demo/shop.svg", "demo", "shop.svg"),
)


def routes(files: Iterable[File] = FILES) -> list[web.RouteDef]:
    """All files, and `/demo`, which speaks the visitor's language (RFC 9110 section 12.5.4)."""

    async def front(request: web.Request) -> web.Response:
        wanted = request.headers.get("Accept-Language", "").lower()
        at = {code: wanted.find(code) for code in ("ru", "en") if code in wanted}
        raise web.HTTPFound(f"/demo/{min(at, key=lambda code: at[code]) if at else 'en'}")

    return [file.route() for file in files] + [web.get("/demo", front)]
