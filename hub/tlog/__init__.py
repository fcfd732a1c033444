"""The transparency log: tree, tiles, signed notes and proofs; pure."""
