"""Steps 7 and 8: claim, write, send, settle. Read `prepare` (what may leave), `dispatch` (in which order), then `lane` and `patience`.

pace       the hours and the rate a partner asked for
patience   full-jitter waits and the breaker
prepare    an outbox row becomes a parcel: decide again, project, write
dispatch   what is due for all partners is claimed together, and outcomes are settled
lane       one partner's deliveries on their way out
"""
