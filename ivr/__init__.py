"""The dialogue: flows as data, a pure machine, understanding, and the one loop that drives a call."""
