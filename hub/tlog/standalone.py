"""Verify a transparency log (c2sp.org/tlog-tiles) or a receipt of it (c2sp.org/tlog-proof), offline.

    python standalone.py log FOLDER KEY... [--earlier CHECKPOINT]... [--former KEY]...
    python standalone.py receipt FILE KEY... [--entry FILE] [--certifies FILE]

This one file needs Python 3.11 and `cryptography`. KEY is the log's public key (`name+id+base64`), had from elsewhere than
the log; further keys are of witnesses that must have signed too. `log` hashes every entry and compares every file; it must begin
with each CHECKPOINT you kept, by the KEY or `--former` that it names. `receipt` proves the leaf it opens or the bytes of
`--entry`, and that it names a file it `--certifies`. Ends with 0, or with 1 and the first thing that is wrong.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NOTE, COSIGNATURE = 1, 4


def need(holds: object, otherwise: str) -> None:
    """Stop at the first thing that does not hold."""
    if not holds:
        raise ValueError(otherwise)


# signatures: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature
def unbase64(text: str) -> bytes:
    """The bytes of base64 in its canonical spelling."""
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text, f"{text[:20]} is not canonical base64")
    return raw


def check_signature(key: str, text: str, lines: list[str]) -> tuple[str, int]:
    """Name and algorithm of a verifier key that signed the text; it must have, and every time rightly."""
    name, key_id, material = key.split("+", 2)
    algorithm, public = unbase64(material)[0], unbase64(material)[1:]
    need(algorithm in (NOTE, COSIGNATURE) and len(public) == 32, f"the key of {name} is not Ed25519")
    own = sha256(f"{name}\n".encode() + unbase64(material)).digest()[:4]
    need(own.hex() == key_id, f"the id in the key of {name} is wrong")
    blobs = [unbase64(line.split(" ")[2]) for line in lines if line.split(" ")[1] == name]
    need(signed := [blob[4:] for blob in blobs if blob[:4] == own], f"{name} did not sign this checkpoint")
    for each in signed:
        need(len(each) == (64 if algorithm == NOTE else 72), f"the signature of {name} has the wrong length")
        stamp = f"cosignature/v1\ntime {int.from_bytes(each[:8], 'big')}\n" if algorithm == COSIGNATURE else ""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(each[-64:], (stamp + text).encode())
        except InvalidSignature:
            raise ValueError(f"the signature of {name} does not belong to this checkpoint") from None
    return name, algorithm


def checkpoint_of(raw: bytes, keys: list[str]) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint that all keys signed. The first key is the log's own, or that of a mirror."""
    body, _, foot = raw.decode().rpartition("\n\n")
    lines = foot.split("\n")
    need(lines.pop() == "" and all(re.fullmatch(r"— [^\s+]+ \S+", each) for each in lines), "not a signed note")
    (name, algorithm), *_ = [check_signature(key, body + "\n", lines) for key in keys]
    origin, size, root = body.split("\n")[:3]
    need(re.fullmatch(r"0|[1-9][0-9]*", size, re.ASCII), "the checkpoint has no size")
    need(name == origin or algorithm == COSIGNATURE, f"this is a log of {origin}, not of {name}")
    return origin, int(size), unbase64(root)


# the tree: RFC 9162 2.1; its files: c2sp.org/tlog-tiles
def level_above(hashes: list[bytes]) -> list[bytes]:
    """One hash for each pair; one without a sibling moves up as it is."""
    pairs = [sha256(b"\x01" + hashes[at] + hashes[at + 1]).digest() for at in range(0, len(hashes) - 1, 2)]
    return pairs + hashes[len(pairs) * 2 :]


def root_of(hashes: list[bytes]) -> bytes:
    """The Merkle tree hash over leaf hashes."""
    while len(hashes) > 1:
        hashes = level_above(hashes)
    return hashes[0] if hashes else sha256(b"").digest()


def file_of(folder: Path, level: str, index: int, width: int) -> tuple[str, bytes]:
    """Name and content of a file of 256 hashes or entries, or of fewer at the right edge."""
    rest, name = index // 1000, f"{index % 1000:03d}" + ("" if width == 256 else f".p/{width}")
    while rest:
        rest, low = divmod(rest, 1000)
        name = f"x{low:03d}/{name}"
    need((path := folder / f"tile/{level}/{name}").is_file(), f"tile/{level}/{name} is missing")
    return f"tile/{level}/{name}", path.read_bytes()


def leaf_hashes(folder: Path, index: int, width: int) -> list[bytes]:
    """The hashes of the entries in one bundle, each of which stands behind its length in two bytes."""
    name, bundle = file_of(folder, "entries", index, width)
    hashes, at = [], 0
    while at + 2 <= len(bundle):
        start, at = at + 2, at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        hashes.append(sha256(b"\x00" + bundle[start:at]).digest())
    need(at == len(bundle), f"{name}: leaf {index * 256 + len(hashes) - (at > len(bundle))} is cut short")
    need(len(hashes) == width, f"{name}: holds {len(hashes)} entries, not {width}")
    return hashes


def check_tile(folder: Path, level: int, index: int, ours: list[bytes]) -> None:
    """One tile against the hashes that belong there."""
    name, found = file_of(folder, str(level // 8), index, len(ours))
    at = next((at for at, each in enumerate(ours) if found[at * 32 : at * 32 + 32] != each), len(ours))
    need(found == b"".join(ours), f"{name}: hash {at} does not follow from leaf {(index * 256 + at) << level}")


def verify_log(folder: Path, keys: list[str], earlier: list[Path], former: list[str]) -> str:
    """Hash every entry, compare every tile, and the roots with what was signed now and earlier."""
    origin, size, root = checkpoint_of((folder / "checkpoint").read_bytes(), keys)
    bundles = (leaf_hashes(folder, index, min(256, size - index * 256)) for index in range(-(-size // 256)))
    leaves = hashes = [each for bundle in bundles for each in bundle]
    for level in range(size.bit_length()):
        for index in range(-(-(size >> level) // 256) if level % 8 == 0 else 0):
            check_tile(folder, level, index, hashes[index * 256 : min(index * 256 + 256, size >> level)])
        hashes = level_above(hashes)
    for path, raw in ((path, path.read_bytes()) for path in earlier):
        ids = [unbase64(line.split(" ")[2])[:4].hex() for line in raw.decode().rpartition("\n\n")[2].splitlines()]
        signer = next((key for key in (keys[0], *former) if key.split("+")[1] in ids), keys[0])
        was, reached, old = checkpoint_of(raw, [signer])
        need(was == origin and reached <= size, f"{path}: {was} had {reached} leaves, {origin} has {size}")
        need(root_of(leaves[:reached]) == old, f"{path}: the first {reached} leaves are not those signed then")
    need(root_of(hashes) == root, f"the {size} leaves do not have the root that was signed")
    return f"{origin}: {size} leaves, root {root.hex()}"


# receipts: c2sp.org/tlog-proof; leaves that commit to their fields
def leaf_of(opening: dict[str, Any]) -> tuple[bytes, list[str]]:
    """The leaf that an opening belongs to, and a line for each field it shows."""
    commits, lines = opening["commits"], [f"  at: {opening['at']} (UTC microseconds)"]
    for name, each in commits.items():
        need(re.fullmatch("[a-z][a-z0-9_]* [0-9a-f]{64}", f"{name} {each}"), f"{name!a} is no name with a commitment")
    for name, each in opening["shown"].items():
        salt, value = bytes.fromhex(each["salt"]), unbase64(each["value"])
        need(len(salt) == 32 and sha256(salt + value).hexdigest() == commits[name], f"the leaf holds another {name}")
        lines.append(f"  {name}: {value.decode(errors='replace')!a}")
    listed = "".join(f"{name} {commits[name]}\n" for name in sorted(commits))
    return b'{"at":%d,"commits":"%b","v":1}' % (opening["at"], sha256(listed.encode()).hexdigest().encode()), lines


def climb(index: int, size: int, here: bytes, path: list[bytes]) -> bytes:
    """The root to which a path leads from a leaf hash (RFC 9162 2.1.3.2)."""
    last = size - 1
    need(index <= last and all(len(step) == 32 for step in path), f"no path for leaf {index} of {size}")
    for step in path:
        need(last, "the path is longer than the tree is high")
        if right := index % 2 or index == last:
            while index and index % 2 == 0:
                index, last = index // 2, last // 2
        here = sha256(b"\x01" + (step + here if right else here + step)).digest()
        index, last = index // 2, last // 2
    need(last == 0, "the path ends below the root")
    return here


def verify_receipt(file: Path, keys: list[str], entry: Path | None, certified: Path | None = None) -> str:
    """Climb from the entry to the signed root; say what the receipt shows, the digest of what it certifies among it."""
    head, _, note = file.read_bytes().partition(b"\n\n")
    form = r"c2sp\.org/tlog-proof@v1\n(?:extra (\S+)\n)?index (0|[1-9][0-9]*)((?:\n\S+)*)"
    need(re.fullmatch(form, head.decode(), re.ASCII), "not a receipt of c2sp.org/tlog-proof@v1")
    extra, index, path = re.findall(form, head.decode(), re.ASCII)[0]
    need(entry or extra, "the receipt opens no leaf; name the entry with --entry")
    leaf, shown = (entry.read_bytes(), []) if entry else leaf_of(json.loads(unbase64(extra)))
    need(not certified or sha256(certified.read_bytes()).hexdigest() in "".join(shown), "the leaf names no such file")
    origin, size, root = checkpoint_of(note, keys)
    found = climb(int(index), size, sha256(b"\x00" + leaf).digest(), [unbase64(step) for step in path.split()])
    need(found == root, "the path does not lead from this entry to the root that was signed")
    return "\n".join([f"{origin}: leaf {index} of {size}, root {root.hex()}", *shown])


def main() -> None:
    """Read the command line, verify, and say so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["log", "receipt"])
    parser.add_argument("path", type=Path)
    parser.add_argument("keys", nargs="+", metavar="key")
    parser.add_argument("--earlier", action="append", type=Path, default=[])
    parser.add_argument("--former", action="append", default=[])
    for option in ("--entry", "--certifies"):
        parser.add_argument(option, type=Path)
    asked = parser.parse_args()
    try:
        more = [asked.earlier, asked.former] if asked.what == "log" else [asked.entry, asked.certifies]
        found = (verify_log if asked.what == "log" else verify_receipt)(asked.path, asked.keys, *more)
    except Exception as error:  # noqa: BLE001  whatever broke, nothing was proven
        sys.exit(f"NOT VERIFIED: {error}" if type(error) is ValueError else f"NOT VERIFIED: {error!r}")
    sys.stdout.write(f"verified: {found}\n")


if __name__ == "__main__":
    main()
