"""The dialogue by noun: events in, acts out, the state between, and what one does with the other. `ivr.machine` is its table."""
