"""What one may ask of the store: it only reads.

journal    one message, searches; `timeline` is what became of it at every partner
ledger     entries, tiles, proofs, verification, export; `evidence` is what stands behind each leaf, `cosigned` what witnesses signed
outbox     what is due, in which order, and what is stuck; `due` is how the courier meets it
recalls    what recalls are decided from, and how they stand; `called` is how partners know somebody
disclosed  what was disclosed about a person; `sent` page by page, `granted` and `shelf` to one partner
crises     episodes; `scene` an incident, `wards` beds and stays, `contacts` who was met how often
codes      that no table knows
pulse      how the store fares; `pace` how a partner does; `order` is where an instant lies
"""
