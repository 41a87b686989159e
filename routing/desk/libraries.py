"""What the desk's page loads of others' making, below share/hotline/web/node_modules. setup.py runs this file alone: it imports nothing."""

from __future__ import annotations

LIBRARIES = (
    "lit-html/lit-html.js", "lit-html/directive.js", "lit-html/directive-helpers.js", "lit-html/directives/repeat.js",
    "lit-html/directives/live.js", "lit-html/directives/keyed.js", "uplot/dist/uPlot.esm.js", "uplot/dist/uPlot.min.css",
)  # fmt: skip
