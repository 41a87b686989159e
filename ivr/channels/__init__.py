"""The mouths and ears of the house: each channel turns what it hears or reads into the one dialogue, and its answers back."""
