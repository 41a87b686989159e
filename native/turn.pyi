class Turn:
    """A turn detector on its own, for tests and tools; frames are fed one by one and counted from sample 0."""

    rate_hz: int
    def __init__(self, rate_hz: int = 8000) -> None: ...
    def set(
        self,
        *,
        onset_frames: int | None = None,
        onset_window: int | None = None,
        pre_roll_ms: int | None = None,
        pause_ms: int | None = None,
        end_silence_ms: int | None = None,
        shortest_ms: int | None = None,
        longest_ms: int | None = None,
    ) -> None: ...
    def feed(self, voiced: bool, count: int, sure: bool = False) -> tuple[list[str], int, int]: ...
