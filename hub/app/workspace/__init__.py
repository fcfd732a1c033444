"""What partners' own people do on pages, for partners with and without an engine. Read `shelf` (what a partner may see), then the rest.

shelf       what was decided for a partner, decided again and projected whenever it is opened; one leaf a look
sheet       the same as words on paper: the format `sheet`, which only writes
"""
