"""`GET /metrics` for Prometheus (text format 0.0.4): what the whole house has counted, on a port of its own.

The sums are Redis's (ivr/counts.py), read at each request; a registry of our own, so nothing of this process comes along unasked.
While Redis is away the last sums are told again, and `hotline_memory_up` is 0.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from importlib import metadata

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ivr.counts import LABELS, LOOKUP_S, Counts, Sums
from routing.metrics_settings import MetricsSettings
from voice.errors import ConfigError, HotlineError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PATIENCE_S = 2.0
HELP = {
    "calls": "Calls that ended, by how.",
    "talks": "Talks that ended, by channel and how: handed to a person, ended by the dialogue, left by the customer.",
    "questions": "Questions asked.",
    "questions_repeated": "Questions asked whose answer was known.",
    "redis_away": "Operations that found Redis away.",
    "webhook_deliveries": "Tries to deliver a webhook, by result.",
}


def version() -> str:
    """Of this program; "0" where it runs from its sources and is not installed."""
    try:
        return metadata.version("hotline-gateway")
    except metadata.PackageNotFoundError:
        return "0"


class House(Collector):
    """The sums as Prometheus has them. `sums` and `up` are set before each collection."""

    def __init__(self, version: str) -> None:
        self.version, self.sums, self.up = version, Sums({}, {}, ""), False

    def collect(self) -> Iterable[Metric]:
        """Every family; those without a sample yet are there, too."""
        yield GaugeMetricFamily("hotline_memory_up", "Whether Redis answered for this.", float(self.up))
        build = GaugeMetricFamily("hotline_build_info", "Which version this is.", labels=("version",))
        build.add_metric((self.version,), 1)
        yield build
        yield from self._counters()
        yield self._times("context_lookup", "How long it took to find who calls.")
        yield self._times("screen_pop", "From the decision who gets a contact until his page showed it.")
        for name, key, words in (
            ("journal_depth", "journal_depth", "Writes that wait for Redis."),
            ("event_loop_lag_seconds", "event_loop_lag_s", "How late the loop woke at worst, in the last seconds."),
        ):
            # Several nodes of a role: the worst of them.
            gauge, worst = GaugeMetricFamily(f"hotline_{name}", words, labels=("role",)), dict[str, float]()
            for one in self.sums.gauges:
                worst[one["role"]] = max(worst.get(one["role"], 0.0), float(one[key]))
            for role, value in worst.items():
                gauge.add_metric((role,), value)
            yield gauge

    def _counters(self) -> Iterator[Metric]:
        for name, labels in LABELS.items():
            family = CounterMetricFamily(f"hotline_{name}", HELP[name], labels=labels)
            for spelled, value in sorted(self.sums.total.items()):
                first, *values = spelled.split("|")
                if first == name and len(values) == len(labels):
                    family.add_metric(values, value)
            if not labels and not family.samples:
                family.add_metric((), 0)
            yield family

    def _times(self, name: str, words: str) -> Metric:
        buckets, below = [], 0
        for bound in (*(str(bound) for bound in LOOKUP_S), "+Inf"):
            below += self.sums.total.get(f"{name}|{bound}", 0)
            buckets.append((bound, float(below)))
        family = HistogramMetricFamily(f"hotline_{name}_seconds", words)
        family.add_metric((), buckets, self.sums.total.get(f"{name}_us", 0) / 1e6)
        return family


class Metrics:
    """`async with Metrics(...)`: listens inside the block, where the settings name a port. Raises ConfigError where it is taken."""

    def __init__(self, settings: MetricsSettings, counts: Counts, version: str) -> None:
        self.settings, self.counts = settings, counts
        self.house = House(version)
        self._registry = CollectorRegistry()
        self._registry.register(self.house)
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """Where it listens; 0 where it does not."""
        return int(self._runner.addresses[0][1]) if self._runner is not None else 0

    async def text(self) -> bytes:
        """What is told now."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.counts.flush()
                self.house.sums, self.house.up = await self.counts.read(), True
        except (HotlineError, TimeoutError):
            self.house.up = False
        return generate_latest(self._registry)

    async def __aenter__(self) -> Metrics:
        if self.settings.port:
            await self.open(self.settings.port)
        return self

    async def open(self, port: int) -> None:
        """Listen on this port; 0 takes a free one."""
        app = web.Application(client_max_size=1024)
        app.router.add_get("/metrics", self._tell)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, keepalive_timeout=30.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.settings.host, port).start()
        except OSError as error:
            await self.__aexit__()
            raise ConfigError(
                f"port {port} of {self.settings.host} cannot be opened for [metrics]: {error.strerror}", "Name another one."
            ) from None

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _tell(self, request: web.Request) -> web.Response:
        return web.Response(body=await self.text(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})
