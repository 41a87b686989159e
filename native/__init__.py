"""Samples in, numbers out: what touches every frame of sound, without the GIL."""
