"""Where look-ups go: functions of this house, functions of yours ("shop.orders:find"), and JSON services over HTTP.

A connector takes the arguments of the flow (plain JSON) and gives a mapping, or None where there is no such thing. Whatever it
raises counts as a fault; the flow then goes its `fallback`. The deadline is the caller's affair (ivr/deeds.py).
"""

from __future__ import annotations

import asyncio
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from ivr.connectors import service
from ivr.flow.parts import Connector, Flow
from voice.errors import ConfigError

Result = Mapping[str, Any] | None
LookUp = Callable[[Mapping[str, Any]], Awaitable[Result]]
FUNCTION = "look_up"  # what a module here calls its function
_NOT_FUNCTIONS = ("service",)


def shipped() -> tuple[str, ...]:
    """Names of the functions that come along."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__) if one.name not in _NOT_FUNCTIONS))


def connectors(flow: Flow) -> dict[str, LookUp]:
    """Every connector of this flow, by its name there. Raises ConfigError for one that is not to be had."""
    return {name: connect(one) for name, one in flow.connectors.items()}


def own(flow: Flow, known: Mapping[str, LookUp], talk: Mapping[str, LookUp]) -> dict[str, LookUp]:
    """`known` (of `connectors`), with those in their place that belong to one talk; talk: by the name of the function that comes along."""
    return {name: talk.get(flow.connectors[name].python, found) for name, found in known.items()}


def connect(connector: Connector) -> LookUp:
    """One connector, ready to be asked."""
    if connector.http:
        return _in_thread(partial(service.look_up, connector.http))
    found = function(connector.python, connector.id)
    if inspect.iscoroutinefunction(found):
        return found
    return _in_thread(found)


def function(name: str, connector: str) -> Callable[[Mapping[str, Any]], Any]:
    """The function of this name: one that comes along, or "module:function" of yours."""
    module, _, attribute = name.partition(":")
    if not attribute:
        if name not in shipped():
            raise ConfigError(
                f'no function "{name}" for the connector "{connector}"',
                f'Known are {", ".join(shipped())}; your own are written as "module:function".',
            )
        module, attribute = f"{__name__}.{name}", FUNCTION
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f'the function "{name}" of the connector "{connector}" is not there: {error}') from error
    if not callable(found):
        raise ConfigError(f'"{name}" of the connector "{connector}" is no function')
    return found  # type: ignore[no-any-return]


def _in_thread(blocking: Callable[[Mapping[str, Any]], Result]) -> LookUp:
    async def look_up(arguments: Mapping[str, Any]) -> Result:
        return await asyncio.to_thread(blocking, arguments)

    return look_up
