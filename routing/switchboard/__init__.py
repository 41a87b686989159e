"""The phone node's side of the floor: who waits hears music and where he stands, an operator's phone rings, and they talk."""
