"""A gateway of nothing but pjsua2 and, if wanted, the guard: a process of its own, ordered about by lines of JSON.

    with Gateway() as gateway:
        gateway.ask("rules", trunks=[{"networks": ["127.0.0.1/32"]}], max_calls=4)

It accepts every call that the library shows it. The library allows one endpoint a process and wants it on one thread.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]


class Gateway:
    """The tests' side: starts the process, sends orders, takes replies and events. Every wait has a deadline."""

    def __init__(self, *, guard: bool = True, realm: str = "trunk.example"):
        options = {"guard": guard, "realm": realm}
        command = [sys.executable, "-m", "tests.peers.bare_gateway", json.dumps(options)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.replies: queue.Queue[Any] = queue.Queue()
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        try:
            started = self._reply(20)
        except BaseException:
            self._end()
            raise
        self.udp, self.tcp = ("127.0.0.1", started["udp"]), ("127.0.0.1", started["tcp"])
        self.udp6 = ("::1", started["udp6"])

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = json.loads(line)
            if "reply" in message:
                self.replies.put(message["reply"])
            else:
                self.events.put(message)
        self.replies.put({"error": "the gateway's process has ended"})

    def _reply(self, timeout_s: float) -> Any:
        reply = self.replies.get(timeout=timeout_s)
        if isinstance(reply, dict) and "error" in reply:
            raise RuntimeError(reply["error"])
        return reply

    def _end(self) -> None:
        if self.alive():
            self.process.kill()
            self.process.wait()
        self.reader.join(timeout=5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def ask(self, order: str, **more: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"order": order, **more}) + "\n")
        return self._reply(10)

    @property
    def counters(self) -> dict[str, int]:
        counted: dict[str, int] = self.ask("counters")
        return counted

    def alive(self) -> bool:
        return self.process.poll() is None

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if self.alive():
                self.ask("quit")
            self.status = self.process.wait(timeout=20)
        finally:
            self._end()


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def run(options: dict[str, Any]) -> None:
    """The gateway's side: everything below runs on the SIP thread."""
    import pjsua2 as pj

    # The library writes its first lines to descriptor 1 before it can be told not to.
    sys.stdout = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    from native.guard import Guard, Permission, Rule
    from native.port import library_calls
    from native.wake import Wake

    calls: dict[int, pj.Call] = {}
    accounts: dict[str, pj.Account] = {}

    class Call(pj.Call):  # type: ignore[misc]
        def onCallState(self, prm: pj.OnCallStateParam) -> None:
            info = self.getInfo()
            say(event=info.stateText, status=info.lastStatusCode)
            if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
                gone.append(self.getId())

    class Account(pj.Account):  # type: ignore[misc]
        def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
            call = calls[prm.callId] = Call(self, prm.callId)
            say(event="incoming", account=self.getInfo().uri)
            answer = pj.CallOpParam()
            answer.statusCode = 200
            call.answer(answer)

    def account(user: str) -> pj.Account:
        config = pj.AccountConfig()
        config.idUri = f"sip:{user}@127.0.0.1"
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", options["realm"], "gw", 0, "secret"))
        accounts[user] = made = Account()
        made.create(config)
        return made

    def obey(order: dict[str, Any]) -> Any:
        match order.pop("order"):
            case "rules":
                trunks = [Rule(tuple(t.pop("networks")), Permission(t.pop("permissions", 0)), **t) for t in order.pop("trunks")]
                guard.rules(trunks, **order)
            case "drain":
                guard.drain(order["on"])
            case "counters":
                return guard.counters()
            case "account":
                guard.set_account(order["trunk"], account(order["user"]).getId() if order["user"] else -1)
            case "call":
                call = Call(accounts["hotline"])
                call.makeCall(order["to"], pj.CallOpParam(True))
                calls[call.getId()] = call
            case "hangup":
                endpoint.hangupAllCalls()
            case "calls":
                return library_calls()
            case "reinstall":
                guard.remove()
                guard.remove()
                guard.install()
                guard.install()
            case "churn":
                threading.Thread(target=churn, args=[order["times"]]).start()
            case "quit":
                return None
        return "done"

    def churn(times: int) -> None:
        for turn in range(times):
            guard.rules([Rule((f"10.{n}.0.0/16",)) for n in range(turn % 7 * 30)] + [Rule(("127.0.0.1",))], max_calls=64)
        say(event="churned")

    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 128
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.ecTailLen = 0
    config.medConfig.noVad = True
    endpoint.libInit(config)
    guard, wake = Guard(), Wake()
    if options["guard"]:
        guard.install()
    wake.install()
    ports = {}
    kinds = (("udp", pj.PJSIP_TRANSPORT_UDP), ("tcp", pj.PJSIP_TRANSPORT_TCP), ("udp6", pj.PJSIP_TRANSPORT_UDP6))
    for name, kind in kinds:
        transport = pj.TransportConfig()
        transport.boundAddress = "::1" if name == "udp6" else "127.0.0.1"
        try:
            address = endpoint.transportGetInfo(endpoint.transportCreate(kind, transport)).localName
            ports[name] = int(address.rpartition(":")[2])
        except pj.Error:
            ports[name] = 0  # a machine without IPv6
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    account("hotline")

    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    gone: list[int] = []

    def listen() -> None:
        for line in sys.stdin:
            orders.put(json.loads(line))
            wake.wake()
        orders.put({"order": "quit"})
        wake.wake()

    threading.Thread(target=listen, daemon=True).start()
    say(reply=ports)
    running = True
    while running:
        endpoint.libHandleEvents(1000)
        while not orders.empty():
            order = orders.get()
            running = running and order["order"] != "quit"
            try:
                reply = obey(order)
            except (pj.Error, ValueError, RuntimeError) as error:
                reply = {"error": getattr(error, "reason", "") or str(error)}
            say(reply=reply)
        while gone:
            calls.pop(gone.pop(), None)
    endpoint.hangupAllCalls()
    for _ in range(100):
        if not calls:
            break
        endpoint.libHandleEvents(10)
        while gone:
            calls.pop(gone.pop(), None)
    for made in accounts.values():
        made.shutdown()
    calls.clear()
    accounts.clear()
    gc.collect()
    wake.remove()
    guard.remove()
    endpoint.libDestroy()


if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
