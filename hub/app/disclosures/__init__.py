"""Who got what, when, for what and by which law.

disclosed         the log
accounting        about one person, by the laws in `statutes`; handed over in the forms of `accounting_forms` and `accounting_pdf`
owed              lists that somebody asked for, and by when
allowances        what a person has allowed and refused
statistics        what the public may know
"""
