"""Ways in. A door knows who is asking, hands bytes to the desk, and answers what became of them; it never looks at a person's data.

desk       what a door needs of the intake
framing    MLLP without a socket
mllp       one listener: who may connect, limits, the clock that ends what hangs
line       one MLLP connection: frames in, acknowledgements out, in order
http       POST /messages; health
problem    refusals in the caller's own format
server     serves it
connection one connection of it: in time, in no crumbs, and room in a crowd
drop       a folder that is watched
unpack     zip and gzip, in memory and within limits
"""
