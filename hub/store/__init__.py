"""All SQL, and everything that makes a row trustworthy. Nothing outside this room knows a table.

schema     read it first: every table, and why it is there
engine     opens databases, `migrate` brings them to the schema, `trouble` turns what drivers say into our errors, `ids` mints
seal       keys and sealing; `sealing` and `tokens` apply them to messages, leaves, blocks and duplicates
reading    opens what was sealed; `parts` is how it lies there
bulk       the fast way of each database; `among` asks for many rows by one parameter
consents   which of the events they are, and between which instants each holds; `living` alerts and what is overdue
house      what the database as a whole is
result     what the writer answers to one command

The rooms, each with its own map: `planning` (what a group of messages needs to know), `writing` (one transaction for a whole group),
`asking` (what may be asked, and only reads), `migrations`.
"""
