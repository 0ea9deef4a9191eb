"""Check a receipt without the portal: `python check_receipt.py RECEIPT PROOF [--anchors FILE]`.

RECEIPT is the receipt as PDF, or the SHA-256 printed on it. PROOF is the file beside the receipt. FILE are the
insurer's anchors, from where they are published or kept, not from the portal's own disk. Python 3.10 or newer
alone, no network. Exit code 0: what was said holds; 1: something does not; 2: a file cannot be read.
How the hashes are made: docs/receipts.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

FORM = "enterprise-portal-proof-1"
HASH = re.compile(r"[0-9a-f]{64}")
# What the portal writes into the PDF's description of itself, beside the print that people read.
MARK = re.compile(rb"receipt:([0-9A-Za-z.-]{1,40}):([0-9a-f]{64})")


class Wrong(Exception):
    """Something does not hold; the sentence says what."""


class Unreadable(Exception):
    """A file is not what it should be."""


def canonical(value: Any) -> bytes:
    """JSON in one form only: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(*parts: bytes) -> bytes:
    """SHA-256 over the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def read_receipt(text: str) -> tuple[str | None, str]:
    """(report number or None, SHA-256) of a receipt: a PDF, or the hash as it is printed, spaces allowed."""
    plain = "".join(text.split()).lower()
    if HASH.fullmatch(plain):
        return None, plain
    found = set(MARK.findall(_bytes(text)))
    if len(found) != 1:
        raise Unreadable(f"{text} is no receipt of the portal: type the SHA-256 printed on it instead.")
    number, sha256 = found.pop()
    return number.decode(), sha256.decode()


def read_json(path: str) -> Any:
    """What a JSON file holds."""
    try:
        return json.loads(_bytes(path))
    except (ValueError, RecursionError):
        raise Unreadable(f"{path} is no JSON file.") from None


def read_anchors(path: str) -> dict[int, str]:
    """The heads of an anchor file by block; a last line that was cut is left out."""
    heads: dict[int, str] = {}
    for text in _bytes(path).splitlines():
        try:
            anchor = json.loads(text)
            heads[int(anchor["block"])] = str(anchor["head"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue
    if not heads:
        raise Unreadable(f"{path} holds no anchors.")
    return heads


def check(number: str | None, sha256: str, proof: Any, heads: dict[int, str] | None) -> list[str]:
    """What holds, in sentences. Raises Wrong for the first thing that does not, Unreadable for another form."""
    try:
        line, block, path = proof["line"], proof["block"], proof["path"]
        if proof["form"] != FORM:
            raise Unreadable(f"The proof has another form than {FORM}.")
        facts = line["facts"]
        if facts["sha256"] != sha256:
            raise Wrong("The proof is for another content: its SHA-256 is not the receipt’s.")
        if number is not None and facts["number"] != number:
            raise Wrong("The proof is for another report: its number is not the receipt’s.")
        held = [f"{facts['number']}, claim file {facts['claim_number']}: recorded on {line['at']}."]
        report = proof.get("report")
        if report is not None:
            if digest(canonical(report)).hex() != sha256:
                raise Wrong("The content in the proof is not what was sent: its SHA-256 differs.")
            held.append("The content in the proof is what was sent, to the letter.")
        node = digest(b"\x00", canonical(line))
        for side, other in path:
            pair = (bytes.fromhex(other), node) if side == "left" else (node, bytes.fromhex(other))
            node = digest(b"\x01", *pair)
        if node.hex() != block["root"]:
            raise Wrong("The line is not in its block: its way up does not end at the root.")
        held.append(f"It is line {line['id']} of the audit trail, in block {block['number']}.")
        head = digest(*(bytes.fromhex(block[name]) for name in ("previous_head", "root", "facts"))).hex()
        if head != block["head"]:
            raise Wrong("The block’s head does not follow from its content.")
        number_of_block = int(block["number"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Unreadable("The proof is incomplete.") from None
    if heads is None:
        return held
    if number_of_block not in heads:
        raise Wrong(f"The anchors do not know block {number_of_block}: take newer ones.")
    if heads[number_of_block] != head:
        raise Wrong(f"The anchors know another block {number_of_block}: proof or audit trail were changed.")
    return [*held, "The block is the one whose head the insurer anchored."]


def main(arguments: list[str] | None = None) -> int:
    """Check and say; the exit code."""
    parser = argparse.ArgumentParser(description="Check a receipt of the portal, offline.")
    parser.add_argument("receipt", help="the receipt (PDF), or the SHA-256 printed on it")
    parser.add_argument("proof", help="the proof (JSON) that belongs to it")
    parser.add_argument("--anchors", help="the insurer’s anchors (JSON, a line for each block)")
    given = parser.parse_args(arguments)
    try:
        number, sha256 = read_receipt(given.receipt)
        proof = read_json(given.proof)
        heads = read_anchors(given.anchors) if given.anchors else None
        held = check(number, sha256, proof, heads)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    except Wrong as error:
        print(f"DOES NOT HOLD. {error}")
        return 1
    print("\n".join(held))
    print(f"SHA-256 {sha256}")
    if number is not None:
        print(
            "Compare it with the SHA-256 printed on the receipt: print and proof belong together if they agree."
        )
    if heads is None:
        print("Without --anchors it is not shown that the insurer has not computed the whole trail anew.")
    return 0


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} cannot be read ({type(error).__name__}).") from None


if __name__ == "__main__":
    sys.exit(main())
