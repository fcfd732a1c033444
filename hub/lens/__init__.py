"""The mapping engine: load, check, compile, read, write, and account for what was lost."""
