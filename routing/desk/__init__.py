"""The operators' desk in a browser: who may see and do what, the page, and the socket between the page and the floor.

browser --POST /desk/login--> gate: accounts, brake, sessions          (a cookie; nothing secret is ever in an address)
        --GET  /desk--------> files: one page, its scripts and words
        --WebSocket---------> socket: one window, `ask` and `answer`, every message checked against roles.TABLE
floor events ---------------> hub: numbered as in the stream, sent to the windows that may see them
"""
