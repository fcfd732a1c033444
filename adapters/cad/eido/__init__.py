"""NENA EIDO (STA-021.1) JSON, both ways. Read `adapter` first.

parts        what components there are, what each must hold; the check of a message, and its index
registries   words of closed registries that the schema lets pass
unfold       a message as the lenses see it: its flat lists joined, its location read
fold         the way back: what lenses wrote, as components with ids, references and all that is required
recast       988 contacts and team visits told as a call and its units
"""

from adapters.cad.eido.adapter import Eido

__all__ = ["Eido"]
