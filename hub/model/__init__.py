"""The canonical crisis model. Read `category`, `values`, `person`, then the bodies, then `event`; `registry` derives the rest.

category      what a leaf is about, and the regimes it may stand under
values        instants, partial dates, codes, names, addresses
person        who it is about
public_safety care crisis service consent    the bodies, by the people who know them
event         envelope + body
label         what an event stands under; the handling block that travels
decision      who may see what, and why
disclosure    the only thing that leaves
entry         what the ledger records
registry      every leaf path with its category, as bits
schema        the JSON Schema for readers outside
"""
