"""What is kept and proved, and how it ends.

proofs      the ledger; `witness` what others signed beneath it, `succession` another key or another name
backup      copies and their way back; `pause` of the courier meanwhile
renewal     keys renewed
night       retention, and what else is done while the writer rests
expunge     records destroyed by an order; `orders` are kept for copies that come back
"""
