"""The tables of the audit trail. How lines are written, sealed and verified: `permissions.audit`.

Plain UUIDs and no foreign keys: a line outlives what it speaks of. No names, no health data.
UPDATE, DELETE and TRUNCATE are refused by triggers (migration), which yield only in test databases.
"""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Func
from django.db.models.functions import Now


class TransactionId(Func):
    """The id of the running transaction, by which the sealing task knows what may still be open."""

    template = "pg_current_xact_id()"
    output_field = models.BigIntegerField()


class Xid8Field(models.BigIntegerField):
    """PostgreSQL's 64-bit transaction id; written by the database, read as text."""

    def db_type(self, connection) -> str:
        return "xid8"

    def get_placeholder(self, value, compiler, connection) -> str:
        return "%s"

    def from_db_value(self, value, expression, connection):
        return None if value is None else int(value)


class AuditLine(models.Model):
    """One business act: who, what, on what, when. Append-only."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    event = models.CharField(max_length=80)
    actor = models.UUIDField(null=True)
    target_type = models.CharField(max_length=60, blank=True)
    target = models.UUIDField(null=True)
    company = models.UUIDField(null=True)
    person = models.UUIDField(null=True)
    facts = models.JSONField(default=dict)
    transaction = Xid8Field(db_default=TransactionId(), editable=False)

    unrestricted = models.Manager()

    scope_fields = {"company": "company"}
    # Lines on sealed papers stand on a person and on no company: no role reads them in the activity log.
    sealed_rows = models.Q(company=None, person__isnull=False)

    class Meta:
        base_manager_name = "unrestricted"
        indexes = [
            models.Index(fields=["target", "id"], name="audit_target"),
            models.Index(fields=["company", "-id"], name="audit_company"),
            models.Index(fields=["person", "-id"], name="audit_person"),
            BrinIndex(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.event}"

    @property
    def is_sealed(self) -> bool:
        """Whether the line is among `sealed_rows`."""
        return self.company is None and self.person is not None


class AuditBlock(models.Model):
    """A sealed run of lines: the root of their Merkle tree, chained to the block before."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed = models.DateTimeField(db_default=Now(), editable=False)
    lines = models.JSONField(help_text="Ids of the sealed lines, in order.")
    root = models.CharField(max_length=64)
    previous_head = models.CharField(max_length=64)
    head = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"block {self.id}"
