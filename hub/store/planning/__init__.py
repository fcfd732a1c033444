"""What must be known before a group of messages can be planned, read at once.

facts      gathered for the whole group
world      carries it along, so that message k sees what k-1 did
scout      who is alike, looked for while the writer goes on
"""
