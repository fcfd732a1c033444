"""What partners' own people do on pages, for partners with and without an engine. Read `shelf` (what a partner may see), then the rest.

shelf       what was decided for a partner, decided again and projected whenever it is opened; one leaf a look
writing     how what people type is written down: planned like any message, committed by the one writer
room        all rooms at once: referrals, placements, beds, contacts (988), scenes (calls, cards), records, recalls
sheet       what is shown as words on paper: the format `sheet`, which only writes
"""
