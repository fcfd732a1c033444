"""Record linkage after Fellegi and Sunter. Read `traits` (what is compared), `fields` (how), `weights` (what it counts), `likeness`.

traits     a Person as linkage knows them: normalised, placeholders taken for what they are
finders    the compound blocks under which people who may be the same are found
sound      names as they sound
nicknames  short forms of given names
given      which given names are common: where two are, one is no slip of the other
spelling   how far two spellings are apart
fields     each field of two people: on which level they agree
weights    what each level counts, and how the defaults were estimated
likeness   the sum, what it amounts to, and the evidence in words
evaluate   how the weights do on pairs whose truth is known
"""
