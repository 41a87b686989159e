"""Text that would run, fetch or deceive if anybody took it for more than text: elements x handlers x ways to hide them."""

from __future__ import annotations

from itertools import product

_RUN = "window.hacked=1"
_ELEMENTS = (
    "<img src=x onerror={run}>", "<svg onload={run}>", "<svg><script>{run}</script></svg>", "<script>{run}</script>", "<body onload={run}>",
    "<iframe srcdoc='<script>parent.{run}</script>'></iframe>", "<iframe src=javascript:parent.{run}></iframe>", "<a href=javascript:{run}>x</a>",
    "<details open ontoggle={run}>", "<video><source onerror={run}></video>", "<input autofocus onfocus={run}>", "<marquee onstart={run}>",
    "<object data=javascript:{run}></object>", "<embed src=javascript:{run}>", "<form action=javascript:{run}><button>x</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror={run}>", "<style>@import'http://evil.example/x.css';</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>", "<base href=http://evil.example/>", "<meta http-equiv=refresh content=0;url=http://evil.example/>",
    "<img src=http://evil.example/x.png>", "<div style=background:url(http://evil.example/x.png)>", "<img src='data:image/svg+xml,<svg onload={run}>'>",
    "<p onmouseover={run} style=position:fixed;inset:0>x</p>", "<noscript><p title='</noscript><img src=x onerror={run}>'>", "<template><script>{run}</script></template>",
)  # fmt: skip
_HIDDEN = ("{0}", "</p></div>{0}", "'\">{0}", "<!--><!--{0}", "]]>{0}", "{{{{constructor.constructor('" + _RUN + "')()}}}}{0}")
_OTHERS = (
    "javascript:window.hacked=1",
    "&lt;script&gt;window.hacked=1&lt;/script&gt;",
    "\\u003cscript\\u003e",
    "${window.hacked=1}",
    "{{7*7}}",
    "=cmd|' /C calc'!A0",
)
PAYLOADS = tuple(way.format(element.format(run=_RUN)) for way, element in product(_HIDDEN, _ELEMENTS)) + _OTHERS
