"""The only wiring: settings become a running hub. Read `house` (what it lives by), `vault`, `desk`, `engine`, `front`, then `serve`.

house     rules, labels, interests and adapters, from the county's files; `mappings` and `versions` are a partner's own
vault     keystore, database and ledger key
desk      the one writer at work, and the archive of the rules it decided under; `hatch` lets commands in
engine    doors for HL7 v2 around the desk
front     lanes of the courier, HTTP (`porch`), what is fetched (`folders`)
watch     what a running hub sees of itself: `sight` (one look), `alerts` and their `channels`, `metrics`
card      answers officers who ask for the approach card of an incident
tick      when answers leave that must not tell how long they took
glass     breaks the glass in an emergency, and holds the reviews that must follow
recall    keeps recalls going: decides again what was sent and what waits whenever something changed about a person
backup    copies of a hub and their way back; `orders` (what was destroyed), `pause` (of the courier), `succession` (of ledger keys)
witness   what others outside signed beneath the ledger's checkpoints
night     retention, and what else is done while the writer rests
changes   what was configured when, each change a leaf; `doctor` looks at everything a hub depends on
tracing   spans of every step, wrapped from outside, off by default
serve     both processes, or both in one for a demonstration

What one may ask, and only reads: `look` is the way in, to `why` and `again` (decisions derived once more), `history` (a message,
an episode), `stuck` (what waits for a person), `proofs` (the ledger), `accounting` (who got what about a person, by the laws in
`statutes`, in the forms of `accounting_forms` and `accounting_pdf`) and `statistics` (what the public may know).
`replay` puts right what was parked; `rehearsal` shows what would become of a message that nobody sent.
"""
