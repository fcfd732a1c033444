"""The rules that a hub lives by, and how they change.

rulesets     which, and since when; `archive` keeps every one
governance   proposed by one, put in force by two; `impact` says what it would change, `activation` proves it first
following    running processes take it up; `pins` say by digest what a message was read and decided by
"""
