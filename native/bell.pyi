from enum import IntEnum

class Kind(IntEnum):
    SPEECH_BEGAN = 1
    SPEECH_PAUSED = 2
    SPEECH_RESUMED = 3
    SPEECH_ENDED = 4
    KEY = 5
    PROMPT_FINISHED = 6
    PROMPT_CUT = 7
    PROMPT_PAUSED = 8
    PROMPT_RESUMED = 9
    OVERRUN = 10
    SPEECH_LASTED = 11

class Bell:
    """The consumer's side. One thread at a time may call `take`."""

    def __init__(self, capacity: int = 8192) -> None: ...
    def fileno(self) -> int: ...
    @property
    def lost(self) -> int: ...
    def take(self, limit: int = 1024) -> list[tuple[int, int, int, int, int, int, int]]: ...
    def put(self, line: int, kind: int, sample: int = 0, value: int = 0, detail: int = 0, position: int = 0) -> None: ...
