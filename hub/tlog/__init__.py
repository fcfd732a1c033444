"""The transparency log: a Merkle tree whose every root is signed, so that an outsider can verify it. Pure: bytes in, bytes out.

Read them in this order; each knows only those above it.

canonical   one value, one spelling: JSON and base64
tree        hashing; `Frontier`, which grows a tree and has its root
proofs      inclusion and consistency, made and checked
tiles       the files of a log: paths, contents, what an append adds, `layout` for an export
notes       signed notes and the spelling of keys
checkpoint  the signed size and root; cosignatures of witnesses; `check_follows`, a signer's question to itself
leaf        what a leaf says (when) and what it commits to (everything else); opening single fields
receipt     `.tlog-proof`: one file that proves one entry offline
verify      re-derive a whole log and name the first difference
standalone  the same for outsiders: one file that imports nothing of ours

A commit, from entries to what is kept and published:

    growth = frontier.extend(leaf_hashes(leaves))                       # `frontier` stays, should the commit fail
    rows = [*chunks(growth)]                                            # what the tiles gain; never rewrites
    raw = sign_checkpoint(Checkpoint.of(origin, growth.frontier), key)  # publish after the commit

A proof, later: `make_receipt(index, size, hash_reader(read_tile, size), raw, extra=bytes(opening))`.
Everything that does not hold raises `hub.errors.ProofFailed`, which says what and where.
"""
