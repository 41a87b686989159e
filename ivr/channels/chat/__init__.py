"""Web chat: JSON messages over one WebSocket (RFC 6455, subprotocol "hotline.chat.1"); the same flows as the phone's.

From the page                                       From the house
{"type": "hello", "chat", "token", "after",         {"type": "welcome", "chat", "token", "first", "last", "phone", "language"}
         "language"}        first, within 10 s      {"type": "said", "seq", "at", "who", "text", "lang", "id"?, "buttons"?}
{"type": "say", "id", "text"}                       {"type": "card", "seq", "at", "digits", "key", "phone", "until", "id"}
{"type": "pick", "id", "button"}                    {"type": "note", "seq", "at", "note", "name"?, "id"?}
{"type": "ticket", "id"}                            {"type": "typing", "who", "on"}
{"type": "rate", "id", "smile"}                     {"type": "slow", "id"?, "retry_ms"}
{"type": "again", "id"}                             {"type": "refused", "id"?, "why"}
{"type": "typing", "on"}                            {"type": "pong"}
{"type": "ping"}

What carries `seq` stands in the chat's log: numbered from 1 without a gap, the same for every window of this chat. `after` is the
last one that the page has. `id` is the page's own name for what it sent; it comes back with the entry that it became, once that
entry and all that followed from it are kept. A message whose id did not come back is sent again, and counts once.
The token is shown in the first message, never in an address. Text is text: nobody's HTML is ever anything else.
"""
