"""What holds for every test: an exception that nobody awaited fails the test in which it happened.

Warnings are errors (pyproject.toml); `@pytest.mark.real` marks a test that needs a real peer or a real engine.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

AGAIN = "second try"
# Talks in spoken words last as long as they last, and two at once would wait for each other's recognition.
SPOKEN = {
    f"test_{name}.py"
    for name in ("commands_spoken", "deeds", "demo", "demo_browser", "redis_calls", "resume_calls", "roles", "up_tells")
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For several processes (`make test`): one takes all talks in spoken words, one after the other, the others a file at a time.

    (xdist's own groups are of no effect under pytest 9.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "spoken" if Path(file).name in SPOKEN else file

    return ByPlace(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Among several processes the longest begins first."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.path.name not in SPOKEN)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Real processes may lose a race against a busy machine once: a test of them that fails is run again, and said so at the end.

    What fails twice in a row is a fault; a unit test has no second try.
    """
    if item.get_closest_marker("real") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if failed := next((report for report in reports if report.failed), None):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        for report in reports:
            report.user_properties.append((AGAIN, failed.longreprtext))
            if report.failed:
                report.sections.append(("the first try", failed.longreprtext))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Why each second try was needed: a race that is lost again and again is to be mended."""
    passed = [report for report in terminalreporter.stats.get("passed", ()) if dict(report.user_properties).get(AGAIN)]
    if passed:
        terminalreporter.section("passed at the second try")
    for report in passed:
        lines = dict(report.user_properties)[AGAIN].strip().splitlines()
        why = "\n".join(line.removeprefix("E").rstrip() for line in lines if line.startswith("E ")) or lines[-1]
        terminalreporter.write_line(f"{report.nodeid}: {why if len(why) < 3000 else f'{why[:500]} ... {why[-2500:]}'}")


@pytest.fixture(autouse=True)
def unhandled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What event loops complained about during this test; a test that expects a complaint clears the list."""
    complaints: list[str] = []

    def complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        complaints.append(f"{context.get('message')}: {context.get('exception')!r}")

    monkeypatch.setattr(asyncio.BaseEventLoop, "call_exception_handler", complain)
    yield complaints
    # A task that nobody awaited tells of its exception only when it is collected.
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        gc.collect()
    if complaints:
        pytest.fail("the event loop met what nobody handled:\n" + "\n".join(complaints), pytrace=False)
