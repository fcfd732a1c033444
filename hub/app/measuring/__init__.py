"""How crisis care fares, in numbers that can be counted again.

measures   of a period, from the sealed journal; `measured` is the page for people
recount    an export counted again by somebody else
filing     what a state's law asks to be told
"""
