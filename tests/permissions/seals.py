"""Sealing within a test's transaction, where `seal_pending` does not run."""

from __future__ import annotations

from typing import Any

from django.db import connection

from permissions import sealing
from permissions.trail import AuditBlock, AuditLine


def seal(lines: Any = None) -> AuditBlock:
    """Seal these lines, or all that are in no block, and export the heads; the block."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint")
        now = cursor.fetchone()[0]
    if lines is None:
        lines = AuditLine.unrestricted.exclude(
            sealing.sql_condition(
                "exists (select 1 from permissions_auditblock b where b.numbers @> permissions_auditline.id)"
            )
        )
    last = AuditBlock.unrestricted.order_by("-id").first()
    assert sealing._seal_block(lines, sealing._Moment(horizon=now, own=now, server=1), last)
    sealing.export_anchors()
    return AuditBlock.unrestricted.order_by("-id").first()
