"""Web chat: what a page may send, the room, the log; in virtual time."""
