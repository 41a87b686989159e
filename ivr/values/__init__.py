"""Values of typed slots, found in what was said or keyed: pure, in any language that has a vocabulary here."""

from __future__ import annotations

from ivr.values.finding import ANY, Finding, Limits, Reason, SlotKind, Value, Verdict
from ivr.values.keys import understand_keys
from ivr.values.understanding import understand

__all__ = ["ANY", "Finding", "Limits", "Reason", "SlotKind", "Value", "Verdict", "understand", "understand_keys"]
