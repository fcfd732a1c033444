"""Who is asking. `callers` knows every way in and whose it is; `tls` makes the contexts and reads the names in certificates."""
