"""The crisis hub: bytes of one partner in, decided and delivered to others, every disclosure in a ledger.

Read in this order: `hub.model` (what a crisis event is), `hub.contracts` (what an adapter promises), `hub.flow` (what is decided),
`hub.intake` and `hub.courier` (in which order things happen), `hub.app` (how it is wired).
"""
