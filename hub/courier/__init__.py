"""Steps 7 and 8: claim, write, send, settle. Read `prepare` (what may leave), `lane` (in which order), `patience` (how long to wait).

patience   full-jitter waits and the breaker
prepare    an outbox row becomes a parcel: decide again, project, write
lane       one partner's deliveries, in order for each person
"""
