"""`crisis-hub bench`: a served hub under a hospital's load, measured from outside. Read `messages`, `sinks`, `drive`, then `run`.

messages   distinct ADT messages, and which destination must hear of each
sinks      HTTP receivers that count what arrived, and how often
drive      MLLP connections that wait for every acknowledgement
usage      what the hub's processes cost
translations   what one translation from format to format costs
run        serve, drive, wait until everything is delivered, report
"""
