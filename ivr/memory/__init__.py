"""One memory for every channel: customer, identity, timeline, matter, ticket, consent. Its face is `memory.Memory`.

What lies in Redis; the first letter of a key says what it is. An address is an identity's letter and value ("p+74951234567").

i<address>    hash    whose identity: <customer> -> "percent proofs since_ms"; "=l" -> language; "~<address>" -> its plus-tagged kin
t<address>    list    the timeline, oldest first: JSON arrays (timeline.py)
o<address>    zset    matters found by it: open ones at the time they expire, others at minus the time they ended
c<customer>   hash    "b" born_ms, "n" name, "l" language, facts by name; "@<address>" -> percent; "+<channel>/<purpose>" -> consent;
                      ">" -> whom it was merged into; "<<customer>" -> who was merged into it
u<customer>   list    the audit: JSON arrays
m<matter>     hash    "v" version, "n" mark, "w" former marks, "h" header (JSON), "s" state (JSON)
a<matter>     list    the ledger: JSON arrays
x             zset    matters by the time when something is due: to expire, or, once over, to be forgotten
s<number>     set     touches seen, as integers (touch.lua)
k<digits>     hash    a ticket;  q<matter> its digits;  r<address> zset, when tickets were issued;  w<address>, w: wrong tries
U             list    the house's own list of erasures, which names nobody
hotline:schema        the version that wrote this

Identities stand in keys as they are. A hash of a phone number hides nothing (there are 10^10 of them), and a keyed one would have
its key beside the store; the timeline's words are as personal as the address. So the whole store is guarded: its folder and socket
belong to one user (server.py), over a network it is TLS, its slow log is off, and what is erased leaves its file too (privacy.py).
"""
