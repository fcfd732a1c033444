"""All SQL, and everything that makes a row trustworthy. Nothing outside this room knows a table.

Read `schema` first, then along the way of a commit:

writer    commands in, results out: one transaction for a whole group, one signed checkpoint
group     what a transaction will write, gathered in memory; `keep` and `deliver` say which rows a command makes
put       the gathered rows, written; `bulk` knows the fast way of each database
tip       where the world stands; `signer` remembers the last signed tree outside the data folder; `publish` shows it
seal/     keys and sealing; `sealing` and `tokens` apply them to messages, leaves, blocks and duplicates

and along the ways of those who read:

facts     what planning needs to know of a group of messages; `world` carries it along while the group is planned
outbox    what is due, in which order, and what is stuck; `due` is how the courier meets it
journal   one message, searches; `timeline` is what became of it at every partner
ledger    entries, tiles, proofs, verification, export; `evidence` is what stands behind each leaf
recalls   what recalls are decided from, and how they stand; `recalling` writes them
work      open tasks; `codes` that no table knows

`engine` opens databases, `migrate` brings them to the schema, `trouble` turns what drivers say into our errors, `ids` mints.
"""
