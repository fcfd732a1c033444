"""Who is asking: partners and the hub's own people.

Partners: `callers` knows every way in and whose it is, `tls` makes the contexts and reads names in certificates, `clients` gives
tokens to programs that sign, `rates` says how often one may ask. Where the hub asks them, `route` says where it may, and
`answers` reads what they say.

The hub's own people: `roles` is the table of who may do what, `accounts` and `password` let them in, `provider` lets an identity
provider say who they are, `session` remembers that they are here.
"""
