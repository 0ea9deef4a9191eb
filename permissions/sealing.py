"""Sealing the audit trail: blocks of lines, a Merkle root each, chained; anchors outside; proofs; verification.

The leaf of a line is SHA-256 over a zero byte and the line's canonical JSON, a node SHA-256 over a one byte
and its two children (RFC 6962: a node can never pass for a leaf). A block's head is SHA-256 over the head
before, the root, and the block's own facts. Heads leave the database as anchors, one JSON line each: whoever
keeps them elsewhere notices any rewriting, also by somebody with all rights on the database.

What nobody can notice: a line removed before it was sealed (at most a minute, while the worker runs).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BooleanField, QuerySet, Sum
from django.db.models.expressions import RawSQL

from permissions.trail import AuditBlock, AuditLine

GENESIS = "0" * 64
# Lines a block holds at most: one proof reads one block.
BLOCK_LINES = 50_000
MARK_BYTES = 4
COLUMNS = ("id", "at", "event", "actor", "target_type", "target", "company", "person", "facts")
# Any number will do, as long as nothing else in the database locks it.
SEALING_LOCK = 7_225_001


def canonical(line: dict[str, Any]) -> bytes:
    """The bytes of a line that are hashed: JSON with sorted keys, no spaces, times in UTC with microseconds."""
    values = {**line, "at": line["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    for name in ("actor", "target", "company", "person"):
        values[name] = None if values[name] is None else str(values[name])
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf(line: dict[str, Any]) -> bytes:
    """The hash of a line (`COLUMNS`)."""
    return hashlib.sha256(b"\x00" + canonical(line)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Tree:
    """A Merkle tree that grows leaf by leaf and keeps only its peaks in memory."""

    count: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def add(self, digest: bytes) -> None:
        """Append a leaf."""
        self.count += 1
        self.peaks.append(digest)
        full = self.count
        while full % 2 == 0:
            right, left = self.peaks.pop(), self.peaks.pop()
            self.peaks.append(node(left, right))
            full //= 2

    @property
    def root(self) -> bytes:
        """The hash over all leaves; of no leaf, SHA-256 of nothing."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node(peak, root)
        return root


def head_of(block: AuditBlock) -> str:
    """The head that a block must have, from the head before it, its root and its facts."""
    before = bytes.fromhex(block.previous_head) + bytes.fromhex(block.root)
    return hashlib.sha256(before + facts_digest(block)).hexdigest()


def facts_digest(block: AuditBlock) -> bytes:
    """The hash of what a block says of itself besides its root."""
    facts = {
        name: getattr(block, name) for name in ("numbers", "count", "last", "horizon", "ceiling", "server")
    }
    said = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(said).digest()


# ---------------------------------------------------------------------------------------------------
# Sealing
# ---------------------------------------------------------------------------------------------------


def seal_pending() -> int:
    """Seal all lines whose transactions are surely over; the number of lines. Heads go to the anchor file.

    A line of a transaction still open at this moment waits: it may not be visible yet, and a block is never
    opened again. Runs alone; a second one waits. Raises RuntimeError inside a transaction, whose own lines
    would be missed.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Lines are sealed outside a transaction.")
    with transaction.atomic():
        moment = _moment()
        last: Any = AuditBlock.unrestricted.order_by("-id").first()
        pending = _pending(moment, last)
        sealed = after = 0
        while lines := _seal_block(pending.filter(pk__gt=after), moment, last):
            sealed += lines
            last = AuditBlock.unrestricted.order_by("-id").first()
            after = last.last
    export_anchors()
    return sealed


@dataclass(frozen=True)
class _Moment:
    """What the database says of its transactions: all below `horizon` are over, none above `own` had begun."""

    horizon: int
    own: int
    server: int


def _moment() -> _Moment:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [SEALING_LOCK])
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        horizon = cursor.fetchone()[0]
        # Taken after the horizon, so that every line number below a sealed one was given before it.
        cursor.execute(
            "select pg_current_xact_id()::text::bigint, system_identifier from pg_control_system()"
        )
        own, server = cursor.fetchone()
    return _Moment(horizon, own, server)


def _pending(moment: _Moment, last: AuditBlock | None) -> QuerySet:
    outside = (
        "not exists (select 1 from permissions_auditblock b where b.numbers @> permissions_auditline.id)"
    )
    lines = AuditLine.unrestricted.filter(sql_condition(outside))
    if last is not None and last.server == moment.server:
        window = "transaction >= %s::text::xid8 and transaction < %s::text::xid8"
        return lines.filter(sql_condition(window, str(last.horizon), str(moment.horizon)))
    # The first block here. Restored lines bear the numbers of another server: those beyond ours are over, too.
    window = "(transaction < %s::text::xid8 or transaction > %s::text::xid8)"
    return lines.filter(sql_condition(window, str(moment.horizon), str(moment.own)))


def sql_condition(condition: str, *params: Any) -> RawSQL:
    """A condition in the database's own words, for `filter`."""
    return RawSQL(condition, params, output_field=BooleanField())  # noqa: S611 (conditions of this page only)


def _seal_block(pending: QuerySet, moment: _Moment, last: AuditBlock | None) -> int:
    tree, numbers, marks = Tree(), Numbers(), bytearray()
    for line in stream(pending.order_by("id")[:BLOCK_LINES]):
        digest = leaf(line)
        tree.add(digest)
        numbers.add(line["id"])
        marks += digest[:MARK_BYTES]
    if not tree.count:
        return 0
    beyond = AuditLine.unrestricted.filter(sql_condition("transaction > %s::text::xid8", str(moment.own)))
    block = AuditBlock(
        numbers=str(numbers),
        count=tree.count,
        last=numbers.last,
        horizon=moment.horizon,
        ceiling=None if beyond.filter(pk__lte=numbers.last).exists() else moment.own,
        server=moment.server,
        marks=bytes(marks),
        root=tree.root.hex(),
        previous_head=last.head if last else GENESIS,
    )
    block.head = head_of(block)
    block.save(force_insert=True)
    return tree.count


def stream(lines: QuerySet) -> Iterator[dict[str, Any]]:
    """Lines as dictionaries of `COLUMNS`, a few at a time: memory stays flat."""
    for values in lines.values_list(*COLUMNS).iterator(chunk_size=2000):
        yield dict(zip(COLUMNS, values, strict=True))


class Numbers:
    """A growing set of rising numbers, written as PostgreSQL writes its multiranges."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []

    def add(self, number: int) -> None:
        """Add a number higher than all before."""
        if self.runs and self.runs[-1][1] == number:
            self.runs[-1][1] += 1
        else:
            self.runs.append([number, number + 1])

    @property
    def last(self) -> int:
        """The highest number."""
        return self.runs[-1][1] - 1

    def __str__(self) -> str:
        return "{" + ",".join(f"[{first},{end})" for first, end in self.runs) + "}"

    @staticmethod
    def read(text: str) -> Iterator[int]:
        """The numbers of a multirange, rising."""
        for run in filter(None, text.strip("{}").split("),")):
            first, end = run.strip("[)").split(",")
            yield from range(int(first), int(end))

    @staticmethod
    def extent(text: str) -> tuple[int, int]:
        """How many numbers a multirange holds, and the highest one; without counting them out."""
        runs = (run.strip("[)").split(",") for run in filter(None, text.strip("{}").split("),")))
        size = last = 0
        for first, end in runs:
            size, last = size + int(end) - int(first), int(end) - 1
        return size, last


# ---------------------------------------------------------------------------------------------------
# Anchors
# ---------------------------------------------------------------------------------------------------


def export_anchors(path: Path | None = None) -> int:
    """Append the heads that the anchor file does not have yet; how many. On the disk when it returns."""
    path = path or Path(settings.AUDIT_ANCHOR_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = _last_block(file)
        new = AuditBlock.unrestricted.filter(id__gt=known).order_by("id")
        written = 0
        for number, head, sealed, last in new.values_list("id", "head", "sealed", "last").iterator():
            anchor = {
                "block": number,
                "head": head,
                "sealed": sealed.astimezone(UTC).isoformat(),
                "last": last,
            }
            file.write(json.dumps(anchor).encode() + b"\n")
            written += 1
        file.flush()
        os.fsync(file.fileno())
    return written


def _last_block(file: Any) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 4096))
    lines = file.read().splitlines()
    if size and not lines[-1].endswith(b"}"):
        # Cut by a crash: the rest of the line is of no use, the next one starts fresh.
        file.write(b"\n")
        lines.pop()
    return json.loads(lines[-1])["block"] if lines else 0


def read_anchors(path: Path) -> Iterator[dict[str, Any]]:
    """The anchors of a file; a line cut by a crash, and what is no anchor, is left out."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            try:
                anchor = json.loads(text)
                yield {**anchor, "block": int(anchor["block"]), "head": str(anchor["head"])}
            except (ValueError, KeyError, TypeError):
                continue


# ---------------------------------------------------------------------------------------------------
# Proofs
# ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proof:
    """That a line is in a block: the hashes beside its way up to the root, and the head above it."""

    line: int
    leaf: str
    path: list[tuple[str, str]]
    root: str
    block: int
    head: str


def prove(line_id: int) -> Proof | None:
    """The proof for a line, None while it is not sealed. Raises LookupError for a line that does not exist."""
    if not AuditLine.unrestricted.filter(pk=line_id).exists():
        raise LookupError(f"There is no line {line_id}.")
    block = AuditBlock.unrestricted.filter(sql_condition("numbers @> %s::bigint", line_id)).first()
    if block is None:
        return None
    leaves: list[Any] = []
    place = -1
    for line in stream(lines_of(block)):
        if line["id"] == line_id:
            place = len(leaves)
        leaves.append(leaf(line))
    own = leaves[place].hex()
    return Proof(line_id, own, _path(leaves, place), block.root, block.pk, block.head)


def _path(leaves: list[bytes], place: int) -> list[tuple[str, str]]:
    if len(leaves) == 1:
        return []
    # The largest power of two below the number of leaves divides them (RFC 6962 §2.1).
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if place < half:
        return [*_path(leaves[:half], place), ("right", _root(leaves[half:]).hex())]
    return [*_path(leaves[half:], place - half), ("left", _root(leaves[:half]).hex())]


def _root(leaves: Iterable[bytes]) -> bytes:
    tree = Tree()
    for digest in leaves:
        tree.add(digest)
    return tree.root


def proof_holds(proof: Proof) -> bool:
    """Whether the way up from the leaf ends at the root; whether head and root are ours, the anchors say."""
    digest = bytes.fromhex(proof.leaf)
    for side, other in proof.path:
        pair = (bytes.fromhex(other), digest) if side == "left" else (digest, bytes.fromhex(other))
        digest = node(*pair)
    return digest.hex() == proof.root


def lines_of(block: AuditBlock) -> QuerySet:
    """The lines that stand where the block's lines stood, in order."""
    first = next(Numbers.read(block.numbers), block.last)
    lines = AuditLine.unrestricted.filter(pk__gte=first, pk__lte=block.last)
    return lines.filter(sql_condition("%s::int8multirange @> id", block.numbers)).order_by("id")


def sealed_until() -> datetime | None:
    """When the last block was sealed: what a monitor looks at."""
    return AuditBlock.unrestricted.order_by("-id").values_list("sealed", flat=True).first()


def sealed_lines() -> int:
    """How many lines are sealed."""
    return AuditBlock.unrestricted.aggregate(lines=Sum("count"))["lines"] or 0
