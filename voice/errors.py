"""What can go wrong with a call, and whose fault it is.

HotlineError                 everything the house raises on purpose; its text is fit for a person
+-- ConfigError              ours to mend before the start: settings, files, a port in use
|   +-- ModelMissing         a recogniser's or a voice's model is not on this machine
+-- SipError                 a call that the SIP library refuses; carries `status` (RFC 3261 section 21)
|   +-- CallGone             the call has ended, or was never there
|   +-- WrongState           the call is in a state that does not allow this
+-- SoundUnkept              a sound could not be kept: the disk is full, or not ours to write
+-- SoundSpoilt              a sound that was kept is gone, changed, or of another key
+-- SpeechError              speech could not be rendered or heard
    +-- Overloaded           too much is waiting already; go on by keys
"""

from __future__ import annotations


class HotlineError(Exception):
    """Base of all; `remedy` says what to do about it, in one sentence, or is empty."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}. {self.remedy}" if self.remedy else self.what


class ConfigError(HotlineError):
    """The settings, a file or this machine do not allow what was asked."""


class ModelMissing(ConfigError):
    """No model for this engine and language; `remedy` names the command that gets it."""


class SipError(HotlineError):
    """The SIP library refused; `status` is the SIP status to answer with (RFC 3261 section 21)."""

    def __init__(self, what: str, status: int = 500, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.status = status


class CallGone(SipError):
    """The call has ended already (481 Call/Transaction Does Not Exist)."""

    def __init__(self, what: str = "the call has ended") -> None:
        super().__init__(what, 481)


class WrongState(SipError):
    """This is not possible in the call's present state (491 Request Pending)."""

    def __init__(self, what: str) -> None:
        super().__init__(what, 491)


class SoundUnkept(HotlineError):
    """A sound could not be kept; nothing of it is."""


class SoundSpoilt(HotlineError):
    """A kept sound cannot be heard again: it is gone, it was changed, or its key is not here."""


class SpeechError(HotlineError):
    """Words could not be turned into sound, or sound into words."""


class Overloaded(SpeechError):
    """Recognition is behind by more than it may be; the dialogue goes on by keys and says so."""
