"""A call on the SIP thread, and the account it belongs to: the library's callbacks turned into facts (RFC 3261).

Nothing here is used by any other thread. Callbacks copy what they need and post it; they decide nothing but refusals.
"""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import pjsua2 as pj

from native.port import Port, respond
from voice.clock import now_ns
from voice.errors import HotlineError, SipError
from voice.events import KeySource
from voice.sip.facts import Fact, Headers, LegGone, LegInfo, LegKey, LegMedia, LegProgress, LegStats, LegTransfer, LegUp
from voice.sip.info import read_info
from voice.sip.pulse import ASK, NOBODY, Pulse
from voice.trunk import Trunk

if TYPE_CHECKING:
    from voice.sip.endpoint import Endpoint

log = logging.getLogger(__name__)
T = TypeVar("T")
DTMF_IS_UPDATE = 1  # PJMEDIA_STREAM_DTMF_IS_UPDATE, which the Python module does not carry


def caught(method: Callable[..., None]) -> Callable[..., None]:
    """An exception in a callback would only be printed and the call left hanging: log it and hang up instead."""

    @functools.wraps(method)
    def guarded(self: Leg, *args: Any) -> None:
        try:
            method(self, *args)
        except Exception:
            log.error("leg %d: %s failed; hanging up\n%s", self.number, method.__name__, traceback.format_exc())
            self.hang_up(500)

    return guarded


def attempt(job: Callable[[], T]) -> tuple[T | None, Exception | None]:
    """What came of a job on the SIP thread, for another thread to have.

    An error leaves without its traceback: the frames in it would keep the leg, and whoever lets go of them last would
    destroy it on a thread that the library does not know.
    """
    try:
        return job(), None
    except pj.Error as error:
        return None, SipError(plain(error))
    except HotlineError as error:
        error.__context__ = error.__cause__ = None
        return None, error.with_traceback(None)
    except Exception as error:
        log.error("the SIP thread: %s", traceback.format_exc())
        return None, SipError(f"{type(error).__name__}: {error}")


def plain(error: pj.Error) -> str:
    """What the library says, without its source lines."""
    return str(error.reason or error.title or "the SIP library refused").strip()


class Leg(pj.Call):
    """One call on the SIP thread. Never leaves it: the loop knows the leg by its number."""

    def __init__(self, endpoint: Endpoint, account: pj.Account, trunk: Trunk, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self.endpoint = endpoint
        self.trunk = trunk
        self.number = next(endpoint.numbers)
        self.port = Port(endpoint.bell, self.number, endpoint.settings.rate_hz)
        self.slot = pj.PJSUA_INVALID_ID
        self.stats = LegStats()
        self.pulse = Pulse(endpoint.settings.lost_s)
        self.agreed = False  # was an offer ever answered
        self.audio = 0  # which line of the SDP is the sound
        self.closing = False
        self._unsaid: list[Fact] | None = [] if call_id == pj.PJSUA_INVALID_ID else None

    def dial(self, uri: str, headers: Headers = ()) -> tuple[LegInfo, Port]:
        """Send the INVITE. Until `announced`, what happens is kept back: nobody knows our number yet."""
        prm = pj.CallOpParam(True)
        for name, value in headers:
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            prm.txOption.headers.append(header)
        try:
            self.makeCall(uri, prm)
        except pj.Error as error:
            self.closing = True
            # Not by its address: in a tel: URI that is somebody's number, and this text is fit for a log.
            raise SipError(f"what trunk {self.trunk.name!r} was given cannot be called: {plain(error)}", 400) from None
        self.endpoint.seat(self)
        return self.info("", incoming=False), self.port

    def announced(self) -> None:
        facts, self._unsaid = self._unsaid or [], None
        for fact in facts:
            self.tell(fact)

    def tell(self, fact: Fact) -> None:
        if self._unsaid is None:
            self.endpoint.post(self.number, fact)
        else:
            self._unsaid.append(fact)

    @caught
    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        call = self.getInfo()
        state = call.state
        if state == pj.PJSIP_INV_STATE_EARLY and call.role == pj.PJSIP_ROLE_UAC:
            self.tell(LegProgress(call.lastStatusCode, now_ns()))
        elif state == pj.PJSIP_INV_STATE_CONFIRMED and self.agreed:
            self.pulse.begin(now_ns())
            self.tell(LegUp(now_ns()))
        elif state == pj.PJSIP_INV_STATE_CONFIRMED:
            # Nobody answered the offer (RFC 3261 section 13.2.1): the library would keep a call without sound for ever.
            self.hang_up(488)
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.closing = True
            self.endpoint.matrix.gone(self.number)
            self.port.detach()
            self.tell(LegGone(call.lastStatusCode, call.lastReason, self.stats, now_ns()))
            # Dropped at the next turn of the loop: the library still uses the object while this callback runs.
            self.endpoint.soon(functools.partial(self.endpoint.bury, self))

    @caught
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        """Streams are made anew by every offer and answer: connect again each time, and never keep a slot."""
        self.agreed = True
        call = self.getInfo()  # by name: what one takes out of it does not keep it alive
        for media in call.media:
            index = int(media.index)  # the library leaves out what it does not know: pictures
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            flowing = media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
            codec, rate = "", 0
            self.slot = pj.PJSUA_INVALID_ID
            if flowing and not self.closing:
                self.port.attach()
                self.slot = media.audioConfSlot
                self.port.connect(self.slot)
                stream = self.getStreamInfo(index)
                codec, rate = stream.codecName, stream.codecClockRate
            self.endpoint.matrix.moved(self.number, self.slot)
            sends = flowing and bool(media.dir & pj.PJMEDIA_DIR_ENCODING)
            hears = flowing and bool(media.dir & pj.PJMEDIA_DIR_DECODING)
            self.audio = index
            self.tell(LegMedia(codec, rate, sends, hears, now_ns()))
            return

    @caught
    def feel_pulse(self, at_ns: int) -> None:
        """Ask whether he is still there where nothing has come for long, and end the call where it is too long: for the house,
        the other side has hung up."""
        if self.closing or not self.pulse.due(at_ns):
            return
        quiet = self.pulse.quiet(self._packets(), at_ns)
        if quiet >= 1:
            log.info("leg %d: no sign of life for %.0f s: the line has dropped", self.number, self.pulse.limit_ns / 1e9)
            self.hang_up()
        elif quiet >= ASK:
            self._ask()

    def _packets(self) -> int:
        """RTP and reports of the stream that is; 0 where none is (on hold)."""
        if self.slot == pj.PJSUA_INVALID_ID:
            return 0
        stream = self.getStreamStat(self.audio)  # by name: its parts do not keep it alive
        return int(stream.rtcp.rxStat.pkt + stream.rtcp.txStat.updateCount)

    def _ask(self) -> None:
        """Are you there? The library ends the call where the answer is 408 or 481, or none comes (RFC 3261 section 12.2.1.2)."""
        prm = pj.CallSendRequestParam()
        prm.method = "OPTIONS"
        try:
            self.sendRequest(prm)
        except pj.Error as error:
            log.debug("leg %d: it cannot be asked: %s", self.number, plain(error))

    @caught
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:
        """The last moment at which a stream's counters can be read; a call may have had several streams."""
        try:
            stream = self.getStreamStat(prm.streamIdx)  # by name: its parts do not keep it alive
        except pj.Error:
            return
        stat = stream.rtcp
        was = self.stats
        self.stats = LegStats(
            was.received + stat.rxStat.pkt,
            was.lost + stat.rxStat.loss,
            was.sent + stat.txStat.pkt,
            max(was.jitter_ms, stat.rxStat.jitterUsec.mean / 1000),
            max(was.round_trip_ms, stat.rttUsec.mean / 1000),
        )

    @caught
    def onDtmfEvent(self, prm: pj.OnDtmfEventParam) -> None:
        """A new key, not one of its repeated packets (RFC 4733 section 2.5.1.2); its end packet may be lost."""
        if not prm.flags & DTMF_IS_UPDATE:
            source = KeySource.INFO if prm.method == pj.PJSUA_DTMF_METHOD_SIP_INFO else KeySource.RFC4733
            self.tell(LegKey(prm.digit, source, now_ns()))

    @caught
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        """What the library does not tell or would answer with 500: that our INVITE has arrived (100), and INFO, which may carry
        keys as application/dtmf or only ask whether the call lives."""
        event = prm.e.body.tsxState
        if event.tsx.role == pj.PJSIP_ROLE_UAC and event.tsx.method == "INVITE" and event.tsx.statusCode == pj.PJSIP_SC_TRYING:
            self.tell(LegProgress(pj.PJSIP_SC_TRYING, now_ns()))
        if event.type == pj.PJSIP_EVENT_RX_MSG and event.tsx.statusCode not in NOBODY:
            self.pulse.sign(now_ns())
        if event.type != pj.PJSIP_EVENT_RX_MSG or event.tsx.state != pj.PJSIP_TSX_STATE_TRYING:
            return
        if event.tsx.method == "INFO" and event.tsx.role == pj.PJSIP_ROLE_UAS:
            status, key = read_info(event.src.rdata.wholeMsg)
            if status:
                respond(int(event.tsx.pjTransaction), int(event.src.rdata.pjRxData), status)
            if key:
                self.tell(LegKey(key, KeySource.INFO, now_ns()))

    @caught
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        """The library's default would place the call that a stranger asks for (toll fraud)."""
        prm.statusCode = pj.PJSIP_SC_DECLINE

    @caught
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:
        prm.statusCode = pj.PJSIP_SC_FORBIDDEN

    @caught
    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        if prm.finalNotify:
            prm.cont = False
        self.tell(LegTransfer(prm.statusCode, prm.finalNotify, now_ns()))

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:
        """A 302 is not followed: it would let the other side choose whom we call. With no target left the call ends with it."""
        return int(pj.PJSIP_REDIRECT_REJECT)

    def hang_up(self, status: int = 0, reason: str = "") -> None:
        """End the call whatever its state; hanging up twice is harmless."""
        if self.closing:
            return
        self.closing = True
        prm = pj.CallOpParam()
        prm.statusCode, prm.reason = status, reason
        try:
            self.hangup(prm)
        except pj.Error as error:
            self.closing = False
            log.warning("leg %d: hang-up refused: %s", self.number, plain(error))

    def respond(self, status: int) -> None:
        """Answer the INVITE: 180, 183 or 200."""
        prm = pj.CallOpParam()
        prm.statusCode = status
        self.answer(prm)

    def hold(self) -> None:
        self.setHold(pj.CallOpParam(True))

    def unhold(self) -> None:
        prm = pj.CallOpParam(True)
        prm.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.reinvite(prm)

    def received(self) -> int:
        """RTP packets of the other side so far: 0 where it has answered and sends nothing (RFC 3550)."""
        stream = self.getStreamStat(self.audio)  # by name: its parts do not keep it alive
        return self.stats.received + int(stream.rtcp.rxStat.pkt)

    def refer(self, target: str) -> None:
        self.xfer(target, pj.CallOpParam())

    def send_keys(self, keys: str) -> None:
        """RFC 4733; SIP INFO where the other side did not offer telephone-event."""
        try:
            self.dialDtmf(keys)
        except pj.Error:
            prm = pj.CallSendDtmfParam()
            prm.method, prm.digits = pj.PJSUA_DTMF_METHOD_SIP_INFO, keys
            self.sendDtmf(prm)

    def info(self, source: str, incoming: bool) -> LegInfo:
        call = self.getInfo()
        return LegInfo(self.number, call.callIdString, call.remoteUri, call.localUri, source, self.trunk.name, incoming, now_ns())


class Account(pj.Account):
    """One trunk on the SIP thread."""

    def __init__(self, endpoint: Endpoint, trunk: Trunk) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.trunk = trunk
        self.registered = False

    def leave(self) -> None:
        """Tell the registrar that we are gone; `registered` is False once it knows."""
        if self.registered:
            self.setRegistration(False)

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """The leg must exist before this returns, or the library answers 500 by itself."""
        leg = Leg(self.endpoint, self, self.trunk, prm.callId)
        self.endpoint.seat(leg)
        try:
            self.endpoint.offer(leg.info(prm.rdata.srcAddress, incoming=True), leg.port)
        except Exception:
            log.error("leg %d: the offer could not be passed on\n%s", leg.number, traceback.format_exc())
            leg.hang_up(500)

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        self.registered = prm.code // 100 == 2 and prm.expiration > 0
        level = logging.INFO if prm.code // 100 == 2 else logging.WARNING
        log.log(level, "trunk %s: registration answered %d %s", self.trunk.name, prm.code, prm.reason)
