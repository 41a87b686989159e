"""What is known without being asked or looked up: names that stand in texts and conditions of every flow, and their kinds."""

from __future__ import annotations

from collections.abc import Mapping

# Name -> kind, as of a slot or fact.
BUILT_IN: Mapping[str, str] = {
    "today": "date",
    "now": "time",
    "weekday": "number",  # 1 is Monday (ISO 8601)
    "open": "truth",  # by the hours of the flow
    "channel": "text",
    "language": "text",
    "confidence": "text",
    "verified": "truth",
    "failure": "text",  # why the last look-up or message came to nothing
    "answered": "number",  # questions answered so far
}
VALUES: Mapping[str, tuple[str, ...]] = {
    "channel": ("phone", "chat", "email"),
    "confidence": ("hint", "claimed", "proved"),
}
IN_QUESTION = "value"  # in the question of a slot: what was understood
IN_RESUME = "about"  # in the question of a resumption: what the step is about

# What may be compared and reckoned with what: the type of each kind. Dates and times are ISO 8601 texts underneath.
TYPES: Mapping[str, str] = {
    "digits": "text", "name": "text", "phone": "text", "email": "text", "text": "text", "choice": "text",
    "number": "number", "money": "money", "date": "date", "time": "time", "yes_no": "truth", "truth": "truth",
}  # fmt: skip
