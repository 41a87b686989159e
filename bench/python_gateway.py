"""What everybody does: pjsua2 with an AudioMediaPort in Python (director callbacks), set up like the house in all else.

Three ports, told by the option "port": "vector" copies each frame as the ByteVector that it is; "copy" copies it by the quickest
way that pjsua2 has; "job" does that and what the house does with a frame: VAD, level, ring (but no in-band keys, no turn).
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pjsua2 as pj
import webrtcvad

from bench.burdens import hold
from bench.native_gateway import sip_settings
from bench.process import obey, reasons
from bench.rtp import FRAME_SAMPLES, RATE_HZ
from bench.stimuli import prompt
from native.port import hush
from voice.sip.configuration import account_configuration, configuration, listen
from voice.trunk import Transport

FRAME_BYTES = FRAME_SAMPLES * 2


class CopyPort(pj.AudioMediaPort):  # type: ignore[misc]
    """Each frame is copied from bytes and to a bytearray. No VAD, no ring."""

    # A port that is let go loses what is its own before it leaves the bridge, whose clock still asks it for a frame or two.
    frames = empty = at = 0
    sound, heard = bytes(FRAME_BYTES), bytearray(FRAME_BYTES)

    def __init__(self, sound: bytes) -> None:
        super().__init__()
        self.sound = sound
        self.heard = bytearray(FRAME_BYTES)

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:  # noqa: N802, the library's name
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf.assign_from_bytes(self.sound[self.at : self.at + FRAME_BYTES])
        frame.size = FRAME_BYTES
        self.at = (self.at + FRAME_BYTES) % len(self.sound)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:  # noqa: N802, the library's name
        self.frames += 1
        if frame.size == FRAME_BYTES:
            frame.buf.copy_to_bytearray(self.heard)
        else:
            self.empty += 1


class VectorPort(CopyPort):
    """Each frame is copied as a sequence of bytes, as the type of `MediaFrame.buf` suggests."""

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:  # noqa: N802, the library's name
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = pj.ByteVector(self.sound[self.at : self.at + FRAME_BYTES])
        frame.size = FRAME_BYTES
        self.at = (self.at + FRAME_BYTES) % len(self.sound)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:  # noqa: N802, the library's name
        self.frames += 1
        if frame.size == FRAME_BYTES:
            self.heard = bytearray(frame.buf)
        else:
            self.empty += 1


class JobPort(CopyPort):
    """Copied quickly, judged by the WebRTC VAD, weighed, and kept for 8 s."""

    written = voiced = 0
    vad, ring = webrtcvad.Vad(3), bytearray(FRAME_BYTES)

    def __init__(self, sound: bytes) -> None:
        super().__init__(sound)
        self.vad = webrtcvad.Vad(3)
        self.ring = bytearray(8 * RATE_HZ * 2)
        self.level = 0.0

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:  # noqa: N802, the library's name
        super().onFrameReceived(frame)
        at = self.written % len(self.ring)
        self.ring[at : at + FRAME_BYTES] = self.heard
        self.written += FRAME_BYTES
        self.voiced += self.vad.is_speech(bytes(self.heard), RATE_HZ)
        samples = np.frombuffer(self.heard, dtype=np.int16).astype(np.float32)
        self.level = float(samples @ samples)


PORTS = {"copy": CopyPort, "vector": VectorPort, "job": JobPort}


class PythonCall(pj.Call):  # type: ignore[misc]
    """One call with a Python port in the bridge."""

    def __init__(self, account: pj.Account, number: int, port: CopyPort, gone: Callable[[int], None]) -> None:
        super().__init__(account, number)
        self.number, self.gone, self.port = number, gone, port
        self.made = False

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802, the library's name
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.gone(self.number)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802, the library's name
        if not self.made:
            format_ = pj.MediaFormatAudio()
            format_.init(pj.PJMEDIA_FORMAT_PCM, RATE_HZ, 1, 20000, 16)
            self.port.createPort("python", format_)
            self.made = True
        media = self.getAudioMedia(-1)
        media.startTransmit(self.port)
        self.port.startTransmit(media)


class PythonAccount(pj.Account):  # type: ignore[misc]
    """Accepts every call."""

    def __init__(self, kind: type[CopyPort], sound: bytes) -> None:
        super().__init__()
        self.kind, self.sound = kind, sound
        self.calls: dict[int, PythonCall] = {}
        self.over: list[int] = []

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802, the library's name
        call = self.calls[prm.callId] = PythonCall(self, prm.callId, self.kind(self.sound), self.over.append)
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)

    def counters(self) -> dict[str, int]:
        """The same names as the native gateway's."""
        sums = dict.fromkeys(("received", "lost", "discarded", "jitter_empty", "jitter_lost", "jitter_discarded", "sent"), 0)
        for call in self.calls.values():
            stat = call.getStreamStat(0)
            buffer, got = stat.jbuf, stat.rtcp.rxStat
            found = (got.pkt, got.loss, got.discard, buffer.empty, buffer.lost, buffer.discard, stat.rtcp.txStat.pkt)
            for name, value in zip(tuple(sums), found, strict=True):
                sums[name] += value
        ports = [call.port for call in self.calls.values()]
        lines = {"frames": sum(port.frames for port in ports), "empty": sum(port.empty for port in ports)}
        return {**sums, **lines, "overruns": 0, "calls": len(self.calls)}


class PythonGateway:
    """The SIP thread: everything about pjsua2 happens on it. `ask` runs a function there and gives what it gives."""

    def __init__(self, kind: type[CopyPort]) -> None:
        self.kind = kind
        self.port = 0
        self._begun = threading.Event()
        self._orders: list[tuple[Callable[[], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]] = []
        self._stop = False
        self._account: PythonAccount | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._begun.wait()

    async def ask(self, order: Callable[[PythonAccount], Any]) -> Any:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        assert self._account is not None
        account = self._account
        self._orders.append((lambda: order(account), future, loop))
        return await future

    def close(self) -> None:
        self._stop = True
        self._thread.join(timeout=20)

    def _run(self) -> None:
        settings = sip_settings()
        library = pj.Endpoint()
        hush()
        library.libCreate()
        config = configuration(settings)
        config.medConfig.threadCnt = 1  # the library's own reader and clock, as such a gateway has them
        library.libInit(config)
        self.port = listen(library, settings, Transport.UDP)
        library.libStart()
        library.audDevManager().setNullDev()
        account = self._account = PythonAccount(self.kind, prompt().tobytes())
        account.create(account_configuration(settings, settings.trunks[0], {}), True)
        self._begun.set()
        while not self._stop:
            library.libHandleEvents(20)
            while self._orders:
                order, future, loop = self._orders.pop(0)
                loop.call_soon_threadsafe(future.set_result, order())
            while account.over:
                account.calls.pop(account.over.pop(), None)
        library.hangupAllCalls()
        for _ in range(50):
            library.libHandleEvents(20)
        account.calls.clear()
        account.shutdown()
        library.libDestroy()


async def run(kind: type[CopyPort]) -> None:
    gateway = PythonGateway(kind)
    await obey(
        gateway.port,
        {
            "counters": lambda: gateway.ask(PythonAccount.counters),
            "calls": lambda: gateway.ask(lambda account: {"up": len(account.calls)}),
            "hold": hold,
        },
    )
    gateway.close()


if __name__ == "__main__":
    with reasons():
        asyncio.run(run(PORTS[json.loads(sys.argv[1]).get("port", "copy")]))
