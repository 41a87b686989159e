"""Whether the other side of a call is still there, by what comes in: sound is its pulse, and a killed telephone sends no BYE.

RFC 3550 section 6.3.5 has a member time out after five report intervals without RTP and RTCP: 25 s of at least 5 s each.
"""

from __future__ import annotations

LOOKS = 6  # in the time of the limit; one costs the SIP thread 3 us of CPU (measured: 300 calls, 0.02 % of a core)


class Pulse:
    """One call's. limit_s: so long without a sign of life, and it has stopped; 0: it never does.

    Nothing is expected before `expect` (the call is not up) and after `rest` (on hold, RFC 3264 section 8.4). Comfort noise
    (RFC 3389) is packets like any; who sends none for want of a sound still reports (RTCP).
    """

    def __init__(self, limit_s: float) -> None:
        self.limit_ns = round(limit_s * 1e9)
        self._expected = False
        self._came = -1
        self._last_ns = self._look_ns = 0

    def expect(self, at_ns: int) -> None:
        """From now on packets are to come."""
        self._expected = self.limit_ns > 0
        self.sign(at_ns)

    def rest(self) -> None:
        """Nothing has to come until the next `expect`."""
        self._expected = False

    def sign(self, at_ns: int) -> None:
        """A sign of life by another way: a SIP message within the call."""
        self._last_ns = at_ns
        self._look_ns = at_ns + self.limit_ns // LOOKS

    def due(self, at_ns: int) -> bool:
        """Is it time to count again?"""
        return self._expected and at_ns >= self._look_ns

    def stopped(self, came: int, at_ns: int) -> bool:
        """Has nothing come for too long? came: packets so far, of this stream; a new one counts from 0."""
        if came != self._came:
            self._came = came
            self.sign(at_ns)
        self._look_ns = at_ns + self.limit_ns // LOOKS
        return at_ns - self._last_ns >= self.limit_ns
