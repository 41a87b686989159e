class Noise:
    """The judgement on its own, for tests and tools."""

    def feed(self, level_dbov: float) -> float: ...
