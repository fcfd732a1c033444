"""What the hub's own people do, each act with its leaf.

people       who they are; `two` for acts that take two, `staff` for what they may see of a message
replay       put right what was parked; `bulk` does it for many, `holding` holds a partner
directives   consents and orders filed; `papers` at a page
pairs        doubtful links judged; `mislink` a wrong one taken back, `recall` what was sent because of it
reviews      what is followed up
"""
