"""Ways out, all of them a `hub.contracts.Carrier`. Read `http` first; `mllp` and `drop` line up with it.

Each holds one table from the partner's answer to the error that decides the retry. `address` says which addresses may be called at all.
"""
