"""The only wiring: settings become a running hub. Read `house` (what it lives by), `vault`, `desk`, `engine`, `front`, then `serve`.

house     rules, labels, interests and adapters, from the county's files
vault     keystore, database and ledger key
desk      the one writer at work; `hatch` lets commands in, `waiting` threads wait for it
engine    doors for HL7 v2 around the desk
front     `lanes` of the courier, HTTP (`porch`, `oauth`), what is fetched (`folders`)
keepers   what looks after something again and again, in `rounds`, one page at a time (`paged`)
console   the pages' hub; `tick` is when answers leave that must not tell how long they took
tracing   spans of every step, wrapped from outside, off by default
serve     both processes, or both in one for a demonstration

The rooms, each with its own map: `asking` (it only reads), `acts` (of people), `care`, `disclosures`, `formats`, `keeping`, `measuring`,
`rules`, `watching`; and `coverage` (formats held against other people's messages), `facade` (FHIR), `workspace` (partners' own pages).
"""
