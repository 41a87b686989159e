"""Tests of the room native: samples in, numbers out."""
