"""The floor: who waits, who may take whom, who got whom and why. Everything of it lies in Redis; see records.py for the nouns."""
