"""The mapping engine. One YAML file a wire record is read and written from the same lines, compiled to straight Python.

Read in this order:

spec           what a lens file says: lines, types, lenses, the resolved set
source load    YAML with its lines, `extends`, the JSON Schema (`schema.json`), code tables -> `load.load(path) -> Lenses`
tables times conversions coded    how a text becomes a value and back
paths          where in the model a line puts its value
syntax         what a wire syntax tells the engine (adapters/wire implement it)
emit leaf fetch compile_read      lenses to Python that reads
build spell compile_write         the same lines to Python that writes
run            what compiled lenses note while a message passes
translate      `Translator(lenses, syntax)`: `reading(...)` and `write(...)` are what an adapter calls
losses         what became of every element, both ways
cases          the cases a lens file carries: `cases.problems(translator, case)`

check          `check(path, syntax)`: everything wrong with a set, each with file, line and cure
explain        `explain(lenses, path)`: which lines serve a canonical or wire path; `ways(lenses)`: the set unfolded to leaves
compare        `coverage(read, messages)`, `diff(before, after, messages)`, `respelled(...)`
publish        `publish`, `activate`, `rollback`, `in_force`: versions of a set by their digest

An adapter is three lines around a Translator: parse bytes to the root node of its syntax, `reading`, and for writing put
together what `write` gives. It holds no state; a Translator holds none of any message.
"""
