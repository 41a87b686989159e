"""Slow, plain twins of native code, and generators of known sound, for tests only."""
