"""The door: what the guard counts. Its rules are `native.rules`, its look at session descriptions is `native.sdp`."""

# In the order of `REASONS` in the .pyx, which goes on with the faults of native.sdp.
cdef enum:
    REQUESTS                  # all that came in
    RESPONSES
    STRANGER                  # from no trunk's network
    SHAPE                     # too long, or too many headers
    METHOD                    # 405: not allowed to this trunk
    UNKNOWN_METHOD            # 501
    REFER                     # 403
    REPLACES                  # 403: Replaces or Join
    NO_DIALOG                 # 481: a request that only belongs in a call
    DRAINING                  # 503
    CALLS                     # 503: the gateway is full
    TRUNK_CALLS               # 503: the trunk is full
    BAD_RESPONSE              # dropped
    SERVICE_ROUTE             # headers taken out of responses
    CHALLENGE                 # 401 and 407 to our requests
    REDIRECT                  # 3xx to our INVITE
    SDP_FAULTS                # the faults of native.sdp, in their order
    TALLY = SDP_FAULTS + 6
