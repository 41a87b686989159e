"""`hotline doctor`: looks at everything that must work, line by line: fine, to be known, or broken with a remedy."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import socket
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from ivr.flow import Flow, check, load
from ivr.memory.errors import MemoryAway
from ivr.memory.store import Store
from native.port import library_version
from routing.app import flow_file
from routing.connections import connections
from routing.desk.files import REMEDY, missing
from routing.finding import Finding, Grade, port
from routing.places import vault_of
from routing.settings import Settings
from routing.settings import load as load_settings
from voice import models
from voice.errors import HotlineError
from voice.recognizers.ears import EarChoice
from voice.speech.mouth import Mouth
from voice.trunk import Transport

COLOURS = {Grade.OK: "green", Grade.WARN: "yellow", Grade.FAIL: "red"}
FILES_PER_CALL = 4  # RTP and RTCP, and some room
PATIENCE_MS = 2000.0
ROOM = 1 << 30  # some 18 hours of messages
WHISPER_ONLY = "no Vosk model: words come at the end of a turn, not while it is spoken"


def examine(config: str | None, console: Console) -> bool:
    """Print every finding; False where something is broken."""
    broken = False
    for finding in findings(config):
        broken = broken or finding.grade is Grade.FAIL
        console.print(f"[{COLOURS[finding.grade]}]{finding.grade:>4}[/]  {escape(finding.what)}")
        if finding.remedy:
            console.print(f"      [dim]{escape(finding.remedy)}[/dim]")
    return not broken


def findings(config: str | None) -> Iterator[Finding]:
    yield Finding(Grade.OK, f"Python {sys.version.split()[0]}")
    yield library()
    try:
        settings = load_settings(config)
    except HotlineError as error:
        yield Finding(Grade.FAIL, error.what, error.remedy)
        return
    yield Finding(Grade.OK, f"settings: {settings.source or 'the defaults (no file)'}")
    yield from ports(settings)
    yield remembered(settings)
    yield from connections(settings)
    yield desk()
    yield from limits(settings)
    yield sound(settings)
    flow = None
    for finding, found in flows(settings):
        flow = found or flow
        yield finding
    languages = flow.languages if flow else (settings.language,)
    yield from hearing(settings, languages)
    yield from speaking(settings, languages)


def desk() -> Finding:
    """What its page stands on."""
    if lacking := missing():
        return Finding(Grade.WARN, f"the desk's page lacks {lacking[0]}", REMEDY)
    return Finding(Grade.OK, "the desk's page has all it needs")


def library() -> Finding:
    """Which pjproject this runs on; TELEPHONY's floor is 2.17, faults found later are met by configuration and guard."""
    version = library_version()
    numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    what = f"SIP library: pjproject {version}"
    if numbers < (2, 17):
        return Finding(Grade.FAIL, what, "Older than 2.17, with known faults: run deploy/setup.sh to build a newer one.")
    return Finding(Grade.OK, what + "; faults known after 2.17 are met by its configuration and the guard")


def ports(settings: Settings) -> Iterator[Finding]:
    sip = settings.sip
    kinds = {Transport.UDP: socket.SOCK_DGRAM, Transport.TCP: socket.SOCK_STREAM, Transport.TLS: socket.SOCK_STREAM}
    for transport in sip.transports:
        yield port(transport.upper(), sip.host, sip.tls_port if transport is Transport.TLS else sip.port, kinds[transport])
    first, last = sip.rtp_ports
    room = (last - first + 1) // 2
    grade = Grade.OK if room >= sip.max_calls else Grade.WARN
    yield Finding(
        grade,
        f"RTP ports {first} to {last}: room for {room} calls of {sip.max_calls}",
        "" if room >= sip.max_calls else "Widen rtp_ports.",
    )


def remembered(settings: Settings) -> Finding:
    """The Redis that is named, asked for real: its address may hold a password and is not shown. Else whether there can be a private one."""
    url = os.environ.get("HOTLINE_REDIS") or settings.redis
    if not url:
        program = shutil.which("redis-server")
        remedy = "apt-get install redis-server, or name a Redis in the settings or in HOTLINE_REDIS."
        return (
            Finding(Grade.OK, f"memory: a private Redis, by {program}")
            if program
            else Finding(Grade.FAIL, "redis-server is not installed, and no Redis is named", remedy)
        )

    async def asked() -> None:
        store = Store(url, connect_ms=PATIENCE_MS, op_ms=PATIENCE_MS)
        try:
            await store.command("PING")
        finally:
            await store.close()

    try:
        asyncio.run(asked())
    except MemoryAway as error:
        remedy = "See that it runs, and that the address holds: until it answers, nobody is remembered."
        return Finding(Grade.FAIL, f"memory: {error.what} at the address that is named", remedy)
    except HotlineError as error:
        return Finding(Grade.FAIL, f"memory: {error.what}", error.remedy)
    return Finding(Grade.OK, "memory: the Redis that is named answers, and may be used")


def limits(settings: Settings) -> Iterator[Finding]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = settings.sip.max_calls * FILES_PER_CALL + 64
    if soft < need:
        yield Finding(
            Grade.WARN,
            f"open files: {soft}, and {settings.sip.max_calls} calls want {need}",
            f"ulimit -n {need}, or LimitNOFILE={need}",
        )
    else:
        yield Finding(Grade.OK, f"open files: {soft}")
    yield Finding(Grade.OK, f"{os.cpu_count()} cores")


def sound(settings: Settings) -> Finding:
    """Where messages are kept: not tried by writing, for the key would then belong to whoever runs this."""
    folder = vault_of(settings).folder
    key, place = folder / "key", next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Finding(Grade.WARN, f"{folder} cannot be written: no message can be left", "Give it to the user of the house.")
    if key.exists() and key.stat().st_mode & 0o077:
        return Finding(Grade.FAIL, f"others may read {key}: it opens all sound that is kept", f"chmod 600 {key}")
    if (free := shutil.disk_usage(place).free) < ROOM:
        return Finding(Grade.WARN, f"{free >> 20} MiB are free for sound in {place}", "Make room, or shorten [retention] sound.")
    return Finding(Grade.OK, f"sound is kept in {folder}, {free >> 30} GiB are free")


def flows(settings: Settings) -> Iterator[tuple[Finding, Flow | None]]:
    path = flow_file(settings)
    try:
        mistakes = check(path)
        if mistakes:
            many = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
            yield Finding(Grade.FAIL, f"flow {path}: {many}", "\n      ".join(str(mistake) for mistake in mistakes)), None
        else:
            flow = load(path)
            yield Finding(Grade.OK, f"flow {flow.name}: {len(flow.steps)} steps in {', '.join(flow.languages)}"), flow
    except HotlineError as error:
        yield Finding(Grade.FAIL, error.what, error.remedy), None


def hearing(settings: Settings, languages: tuple[str, ...]) -> Iterator[Finding]:
    """An ear for every language, or keys; an ear that the settings want and that is missing."""
    for language in languages:
        choice = settings.hearing.get(language, EarChoice())
        found: list[str] = []
        missing: dict[str, HotlineError] = {}
        for engine in ("vosk", "whisper", "pocketsphinx"):
            try:
                models.find(engine, language, choice.path(engine))
                found.append(engine)
            except HotlineError as error:
                missing[engine] = error
        for wanted in {choice.final, choice.streaming} & set(missing):
            yield Finding(Grade.WARN, f"{language}: {missing[wanted].what}", missing[wanted].remedy)
        if not found:
            yield Finding(Grade.WARN, f"{language}: no ear; the flow works by keys", missing["whisper"].remedy)
        else:
            streams = "" if "vosk" in found else f" ({WHISPER_ONLY})"
            yield Finding(Grade.OK, f"{language} is heard by {', '.join(found)}{streams}")


def speaking(settings: Settings, languages: tuple[str, ...]) -> Iterator[Finding]:
    for presence in Mouth(prompts=settings.prompts or None).voices(languages):
        if presence.available:
            yield Finding(Grade.OK, f"{presence.language} is spoken by {presence.voice}")
        elif presence.engine != "piper" or presence.language == "en":
            yield Finding(Grade.WARN, f"{presence.language}: {presence.why}", presence.remedy)
