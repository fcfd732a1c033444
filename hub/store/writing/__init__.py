"""What the one writer writes: commands become rows, leaves and a signed checkpoint in one transaction.

writer     commands in, results out: one transaction for a whole group
known      what the database holds of the rows that a group speaks of
group      what a transaction will write, gathered in memory; `put` writes it
keep       the rows of a message; `deliver` of a delivery, `flights` and `cursors` say which are in the air and how far each went
recalling  of recalls; `relink` of who is who, `lodged` and `work` of what people keep and have to do, `upkeep` of the rest
tip        where the world stands; `signer` remembers the last signed tree outside the data folder; `publish` shows it
ring       the dedupe tables, cleared in turn; `prune` says what may go after its time
expunging  what goes for good; `reindex` writes the blind index under its next key
"""
