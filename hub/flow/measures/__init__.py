"""Numbers about episodes, and never about a person: what is counted, how, and which cells may be shown.

standard   one episode in the standard fields
counting   the measures, one function each
after      what comes of it: stays, force before and after, who is booked again
cells      small numbers are hidden, and what would give them away
report     everything of one period, with what it was computed from
"""
