"""The whole house in a process of its own, for tests: `python -m tests.peers.house SETTINGS.toml`.

Prints one JSON object a line: {"what": "ready", "port": n, "frozen": n}, then every note of every call, and {"what": "outcome", ...} when a
call has ended. Ends when standard input is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from ivr.channels import recorder
from ivr.channels.phone import Note
from routing.app import House
from routing.settings import load
from voice.call import Call
from voice.trunk import Transport


def tell(**fact: object) -> None:
    print(json.dumps(fact, ensure_ascii=False, default=str), flush=True)


async def run(settings: str) -> None:
    # A machine that runs tests is slow, not deaf: the words of a message come late there.
    recorder.WORDS_S = recorder.WORDS_GONE_S = 20.0

    def watch(call: Call, note: Note) -> None:
        tell(call=call.info.number, who=note.who, what=note.what, at_ns=note.at_ns, **note.detail)

    async with House(load(settings), watch) as house:
        assert house.exchange.endpoint is not None
        tell(what="ready", port=house.exchange.endpoint.ports[Transport.UDP], frozen=gc.get_freeze_count())
        told: set[int] = set()
        ended = asyncio.ensure_future(asyncio.to_thread(sys.stdin.read))
        while not ended.done():
            for number, outcome in house.outcomes.items():
                if number not in told:
                    told.add(number)
                    state = house.states[number]
                    tell(
                        what="outcome", call=number, outcome=outcome, calls=len(house.exchange.calls), step=state.step, slots=state.slots,
                        questions=state.questions, repeated=state.repeated, matter=state.matter,
                    )  # fmt: skip
            await asyncio.wait([ended], timeout=0.1)


class Running:
    """A house that runs; `lines` are what it has told so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._queue: Queue[dict[str, Any]] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(json.loads(line))

    def close(self) -> None:
        """Let go of the pipes of a process that has ended."""
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def said(self, call: int | None = None) -> list[str]:
        """Ids of the prompts that were said on this call, or on all, as far as was told."""
        own = (line for line in self.lines if line.get("who") == "house" and call in (None, line["call"]))
        return [str(line["prompt"]) for line in own]

    def heard(self, call: int) -> list[str]:
        """What the ear made of what the caller said, as far as was told."""
        return [str(line["what"]) for line in self.lines if line.get("who") == "caller" and line["call"] == call]

    def until_said(self, prompt: str, timeout_s: float) -> dict[str, Any]:
        """The next line with which this prompt is said."""
        return self._until(lambda line: line.get("prompt") == prompt and line["who"] == "house", prompt, timeout_s)

    def until(self, what: str, timeout_s: float) -> dict[str, Any]:
        """The next line whose "what" is this."""
        return self._until(lambda line: bool(line["what"] == what), what, timeout_s)

    def _until(self, wanted: Callable[[dict[str, Any]], bool], what: str, timeout_s: float) -> dict[str, Any]:
        while True:
            try:
                line = self._queue.get(timeout=timeout_s)
            except Empty:
                raise AssertionError(f"the house did not tell {what!r} in {timeout_s} s; it told {self.lines[-5:]}") from None
            self.lines.append(line)
            if wanted(line):
                return line


@contextlib.contextmanager
def house(folder: Path, settings: str) -> Iterator[tuple[Running, int]]:
    """A house with these settings (TOML) on a free port of loopback."""
    path = folder / "house.toml"
    path.write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "tests.peers.house", str(path)]
    with (folder / "house.err").open("w") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        running = Running(process)
        try:
            yield running, int(running.until("ready", 120)["port"])
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(60) == 0, (folder / "house.err").read_text()[-2000:]
        finally:
            process.kill()
            process.wait()
            running.close()


Until = Callable[[str], object]


def direct(caller: subprocess.Popen[str], acts: list[dict[str, Any]], until: Until | None = None) -> None:
    """Give him his script, and a cue for each act with an "at": when what it names is being said (`until`), or it returns.

    Keys are pressed and the line drops at once then; words wait for the end of what is being said, as all does whose "wait" is "end".
    """
    assert caller.stdin is not None
    ends = ["cue end" if act.get("wait", "end" if "say" in act else "") == "end" else "cue" for act in acts]
    script = [act | {"wait": end} if "at" in act else act for act, end in zip(acts, ends, strict=True)]
    lines = json.dumps([{name: value for name, value in act.items() if name != "at"} for act in script])
    for moment in (None, *(act["at"] for act in acts if "at" in act)):
        if callable(moment):
            moment()
        elif moment is not None:
            assert until is not None, "who says what was said?"
            until(moment)
        caller.stdin.write(f"{lines}\n")
        caller.stdin.flush()
        lines = ""


def call(
    port: int,
    language: str,
    acts: list[dict[str, Any]],
    timeout_s: float = 120,
    number: str = "",
    until: Until | None = None,
) -> list[dict[str, Any]]:
    """A scripted caller in a process of its own; what it told. number: which he calls from. until: see `direct`.

    One who gave up, or did not come to the end of his script, fails the test.
    """
    command = [sys.executable, "-m", "routing.caller", f"sip:hotline@127.0.0.1:{port}", language, number]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, **pipes) as caller:
        try:
            direct(caller, acts, until)
            stdout, stderr = caller.communicate(timeout=timeout_s)
        finally:
            caller.kill()
    told = [json.loads(line) for line in stdout.splitlines()]
    what = [fact["what"] for fact in told]
    assert "hung up" in what, f"{told[-3:]} {stderr[-2000:]}"
    assert "gave up" not in what, told[-3:]
    assert what.count("drops") == sum("hang_up" in act for act in acts), f"the line did not drop as the script has it: {told}"
    return told


def fact(told: list[dict[str, Any]], what: str) -> dict[str, Any]:
    """The first fact of this kind."""
    found = next((one for one in told if one["what"] == what), None)
    assert found is not None, f"nothing {what!r} in {told}"
    return found


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
