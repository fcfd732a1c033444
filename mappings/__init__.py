"""Lens files, one a wire record, and the code tables: what an analyst edits."""
