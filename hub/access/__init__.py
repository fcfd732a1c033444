"""Who is asking. Partners: `callers` knows every way in and whose it is, `tls` makes the contexts and reads names in certificates.

The hub's own people: `roles` is the table of who may do what, `accounts` and `password` let them in, `provider` lets an identity
provider say who they are, `session` remembers that they are here.
"""
