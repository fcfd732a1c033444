"""What partners' systems say, and whether they say it well.

mappings      a partner's own, and `versions` of it
codes         that no table knows; `coding` gives one its line
losses        what became of each element; `rehearsal` what would become of a message
conformance   is a file what its format says; `kit` asks a partner that, `admission` remembers
reconcile     a partner's own export against what the hub holds; `reconciling` does it each day
remark        one comment appended to a call
"""
