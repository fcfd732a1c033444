"""A bed number that one can believe. Read `census` (who lies where), `board` (what may be offered), `trust` (how sure that is).

census     movements of stays, folded: order, repetition, lateness and cancellations do not matter
trust      how far a number is believed, by its source, its age and what was answered to offers
diversion  who asks to be passed by, for what, why and until when
board      one row a unit: staffed, occupied, blocked, held, offerable, with source, age, confidence and what contradicts
"""
