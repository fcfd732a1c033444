"""A county's scripted day on this machine: real sockets, invented people. Read `script`, then `day`.

script      the acts of the day, as examples/county/day.yaml tells them, moved to yesterday
stage       a copy of the county with its own ports, keys and tokens, in a folder of its own
receivers   partners that receive: HL7 v2 over MLLP, HTTP, a folder; each keeps its own copies
senders     partners that send: over MLLP, HTTP, into a folder
window      looks into the running hub: what was decided, what became of it, the episode, the ledger
deeds       what people do besides sending messages: a count of beds, an officer's card
day         plays it: the order of everything
guests      people for the console, by links that work once
copies      what a partner received, in a few words, from its own copy
ending      what each partner holds, what it was not told and why; whether everything held
tell        how all this is said in the terminal
"""
