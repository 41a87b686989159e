"""The other end of the line, for tests: real SIP over real sockets, on loopback only."""
