"""Partner formats, read and written: one folder a kind of partner, one file a format.

`adapters.wire` holds the syntaxes they share. Adapters do not know each other; what they promise stands in `hub.contracts`.
"""
