"""Tests of the room ivr: what to say next, and what was meant."""
