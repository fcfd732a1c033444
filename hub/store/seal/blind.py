"""The blind index: demographics are found by keyed digests of several fields at once, never by one that few values share.

An attacker who owns the index and not its key can count how often each token occurs and compare that with the frequency of names
and dates in the population. Blocks are therefore compound, and so chosen that the commonest value of any of them is
expected in at most one person of 2^16 (SMALLEST_BITS). With the key he can test guesses; so it lives in the keystore, and
every destroying puts the next one in its place.
"""

from __future__ import annotations

from functools import lru_cache

from hub.errors import KeyUnavailable, Misconfigured
from hub.store.seal.key import packed
from hub.store.seal.keystore import Keystore
from hub.store.seal.names import HUB, KeyRef, Use, key_ref, period_of, use_of

TOKEN_BYTES = 16
SMALLEST_BITS = 16

# What the commonest value of a field gives away, in bits (min-entropy): -log2 of its share of people. Estimates on the safe
# side: one in 100 bears the commonest family name, one in 45 the commonest given name of an age group, and made-up dates
# of birth (1 January) are counted. Identifiers are unique to their authority.
FIELDS = {
    "authority": 0,
    "identifier": 20,
    "family": 6,
    "family_sound": 5,
    "given": 5,
    "given_sound": 4,
    "given_initial": 3,
    "birth_date": 11,
    "birth_year": 6,
    "birth_month_day": 6,
    "sex": 1,
    "postal_code": 4,
    "street": 10,
    "phone": 20,
    "email": 20,
    "ssn_last4": 10,
}


@lru_cache(maxsize=256)
def fields_of(block: str) -> tuple[str, ...]:
    """The fields of a block, such as "family+given+birth_date"; `Misconfigured` when it is unknown, single or too weak.

    >>> fields_of("family_sound+birth_date")
    ('family_sound', 'birth_date')
    """
    fields = tuple(block.split("+"))
    if unknown := set(fields) - FIELDS.keys():
        raise Misconfigured(
            f"Nobody knows these fields: {', '.join(sorted(unknown))}.", at=f"block {block}", cure=_KNOWN
        )
    if len(set(fields)) < max(2, len(fields)):
        raise Misconfigured("A block joins two different fields at least.", at=f"block {block}", cure=_KNOWN)
    if (bits := sum(FIELDS[field] for field in fields)) < SMALLEST_BITS:
        raise Misconfigured(
            f"Its commonest value has {bits} bits; {SMALLEST_BITS} are asked for, or frequencies would tell who it is.",
            at=f"block {block}",
            cure="Add a field.",
        )
    return fields


_KNOWN = f"The fields are {', '.join(FIELDS)}."


def renew_index(keys: Keystore) -> int:
    """Make the index keys that belong to the next version of the key-encryption key, durably; gives their version.

    From now on `token` answers under the new one, `tokens` under both. Write every row of the index anew, then `destroy`.
    """
    return _make_index(keys, keys.version + 1)


def _make_index(keys: Keystore, version: int) -> int:
    for use in (Use.INDEX, Use.VICTIM_INDEX):
        keys.need(key_ref(HUB, use, version))
    keys.flush()
    return version


class BlindIndex:
    """Tokens by which rows are found. Victim services have an index of their own, whose tokens match nowhere else.

    Over the writer's keystore the first one makes the index keys.
    """

    def __init__(self, keys: Keystore, *, victim_services: bool = False) -> None:
        self._keys = keys
        self._use = Use.VICTIM_INDEX if victim_services else Use.INDEX
        self._house: object = None
        self._refs: tuple[KeyRef, ...] = ()
        if keys.writer and not self.versions:
            _make_index(keys, keys.version)

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions of the index key that live, oldest first: two while an index is written anew, else one."""
        return tuple(map(period_of, self.living()))

    def token(self, block: str, *values: str) -> bytes:
        """The 16-byte token of a block under the newest key: to write a row. Values are normalised by the caller.

        Raises `Misconfigured` for a weak block, a missing or an empty value: who lacks a field has no token of that block.
        """
        if not (living := self.living()):
            raise KeyUnavailable("There are no index keys yet.", at=str(self._keys.path), cure="Start the hub once.")
        return self._under(living[-1], block, values)

    def tokens(self, block: str, *values: str) -> tuple[bytes, ...]:
        """The tokens under every living key: to look rows up, also while they are being written anew."""
        return tuple(self._under(ref, block, values) for ref in self.living())

    def living(self) -> tuple[KeyRef, ...]:
        """The names of the index keys that live, oldest first."""
        if self._house is not self._keys.house:
            self._house = house = self._keys.house
            self._refs = tuple(sorted(ref for ref in house if use_of(ref) is self._use))
        return self._refs

    def _under(self, ref: KeyRef, block: str, values: tuple[str, ...]) -> bytes:
        if len(values) != len(fields_of(block)) or not all(values):
            raise Misconfigured(
                "A token needs a value for each of its fields.", at=f"block {block}", cure="Leave it out."
            )
        key = self._keys.key(ref)
        return key.mac(packed(block.encode(), *[value.encode() for value in values]))[:TOKEN_BYTES]
