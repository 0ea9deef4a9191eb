"""Verifying the audit trail: every sealed line, the chain of blocks, the anchors kept outside."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DataError, connection
from django.db.models import Max
from django.utils.translation import gettext_noop as _

from permissions.sealing import (
    BLOCK_LINES,
    GENESIS,
    MARK_BYTES,
    Numbers,
    Tree,
    head_of,
    leaf,
    lines_of,
    sql_condition,
    stream,
)
from permissions.trail import AuditBlock, AuditLine


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was sealed: where, and what."""

    block: int | None
    line: int | None
    what: str

    def __str__(self) -> str:
        place = f"block {self.block}" if self.block else "after the last block"
        return f"{place}, line {self.line}: {self.what}" if self.line else f"{place}: {self.what}"


def verify(anchors: Iterable[dict[str, Any]] = (), progress: Any = None) -> Iterator[Finding]:
    """Compare every sealed line, the chain and the anchors; what differs. Memory stays flat.

    `progress` is called with the number of lines read since the last call.
    """
    heads: dict[int, str] = {anchor["block"]: anchor["head"] for anchor in anchors}
    before, seen_last, read = GENESIS, 0, 0
    for block in AuditBlock.unrestricted.order_by("id").iterator(chunk_size=50):
        if block.previous_head != before:
            yield Finding(block.pk, None, _("a block before it is missing or was replaced"))
        if not _head_follows(block):
            yield Finding(block.pk, None, _("its head does not follow from its content"))
        if block.pk in heads and heads.pop(block.pk) != block.head:
            yield Finding(block.pk, None, _("its head differs from the anchor"))
        try:
            # Of forged numbers there may be more than anybody counts in a lifetime.
            if (yield from _can_be_counted(block)):
                read += yield from _verify_block(block, progress)
                yield from _late_numbers(block, seen_last)
                seen_last = max(seen_last, block.last)
        except (ValueError, DataError):
            # Numbers that are none, a moment beyond the calendar: whoever forges need not write what can be read.
            yield Finding(block.pk, None, _("its lines do not give its root"))
        before = block.head
    for missing in sorted(heads):
        yield Finding(missing, None, _("the anchor knows a block that is not there"))
    if before != GENESIS:
        yield from _stray_lines(read)


def _head_follows(block: AuditBlock) -> bool:
    try:
        return block.head == head_of(block)
    except ValueError:
        return False


def _can_be_counted(block: AuditBlock) -> Generator[Finding, None, bool]:
    """Whether a block names no more lines than a block holds; what of its numbers is not as it says."""
    size, last = Numbers.extent(block.numbers)
    bounded = size <= max(BLOCK_LINES, len(block.marks) // MARK_BYTES) and last == block.last
    if not bounded or size != block.count:
        yield Finding(block.pk, None, _("its line numbers do not fit what it says of them"))
    return bounded


def _verify_block(block: AuditBlock, progress: Any) -> Generator[Finding, None, int]:
    tree = Tree()
    found: list[Finding] = []
    expected = enumerate(Numbers.read(block.numbers))
    marks = bytes(block.marks)
    for line in stream(lines_of(block)):
        digest = leaf(line)
        tree.add(digest)
        for place, number in expected:
            if number == line["id"]:
                if marks[place * MARK_BYTES :][:MARK_BYTES] != digest[:MARK_BYTES]:
                    found.append(Finding(block.pk, number, _("changed since it was sealed")))
                break
            found.append(Finding(block.pk, number, _("removed since it was sealed")))
        if progress and tree.count % 1000 == 0:
            progress(1000)
    found += [Finding(block.pk, number, _("removed since it was sealed")) for _place, number in expected]
    if progress:
        progress(tree.count % 1000)
    if tree.root.hex() != block.root:
        yield from found or [Finding(block.pk, None, _("its lines do not give its root"))]
    elif found:
        yield Finding(block.pk, None, _("its marks were changed"))
    return tree.count


# A line whose number lies below one that was sealed earlier had begun before that block was made.
LATE = """
    select line.id from permissions_auditline line
     where {scope} and exists (
           select 1 from permissions_auditblock earlier
            where earlier.server = %(server)s and earlier.id < %(block)s and earlier.last > line.id
              and line.transaction > earlier.ceiling::text::xid8)
     order by line.id limit 100
"""


def _late_numbers(block: AuditBlock, seen_last: int) -> Iterator[Finding]:
    """Lines put into a gap of numbers long after: sealed with this block, but below what was sealed before."""
    first = next(Numbers.read(block.numbers), block.last)
    if first > seen_last:
        return
    inside = "line.id >= %(first)s and line.id < %(last)s and %(numbers)s::int8multirange @> line.id"
    values = {"first": first, "last": seen_last, "numbers": block.numbers}
    for number in _column(LATE.format(scope=inside), values, block.server, block.pk):
        yield Finding(block.pk, number, _("inserted afterwards below numbers that were sealed before"))


def _stray_lines(read: int) -> Iterator[Finding]:
    """Lines in no block that should be in one, or could not have come by themselves."""
    last: Any = AuditBlock.unrestricted.order_by("-id").first()
    pending = AuditLine.unrestricted.filter(sql_condition("transaction >= %s::text::xid8", str(last.horizon)))
    outside = "not exists (select 1 from permissions_auditblock b where b.numbers @> line.id)"
    if AuditLine.unrestricted.count() - pending.count() != read:
        query = f"""select line.id from permissions_auditline line
                     where line.transaction < %(horizon)s::text::xid8 and {outside}
                     order by line.id limit 100"""
        for number in _column(query, {"horizon": str(last.horizon)}):
            yield Finding(None, number, _("inserted afterwards: its transaction was sealed without it"))
    scope = f"line.transaction >= %(horizon)s::text::xid8 and line.id < %(last)s and {outside}"
    highest = AuditBlock.unrestricted.aggregate(last=Max("last"))["last"]
    values = {"horizon": str(last.horizon), "last": highest}
    for number in _column(LATE.format(scope=scope), values, last.server, last.pk + 1):
        yield Finding(None, number, _("inserted afterwards below numbers that were sealed before"))


def _column(query: str, values: dict[str, Any], server: int = 0, block: int = 0) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, {**values, "server": server, "block": block})
        return [row[0] for row in cursor.fetchall()]
