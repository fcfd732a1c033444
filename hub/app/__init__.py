"""The only wiring: settings become a running hub. Read `house` (what it lives by), `vault`, `engine`, `front`, then `serve`.

house     rules, labels, interests and adapters, from the county's files
vault     keystore, database and ledger key
engine    doors for HL7 v2, the desk, the one writer
front     lanes of the courier, HTTP, watched folders
serve     both processes, or both in one for a demonstration
"""
