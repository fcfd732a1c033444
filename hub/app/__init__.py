"""The only wiring: settings become a running hub. Read `house` (what it lives by), then `vault`.

house     rules, labels, interests and adapters, from the county's files
vault     keystore, database and ledger key
"""
