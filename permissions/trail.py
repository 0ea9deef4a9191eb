"""The tables of the audit trail. How lines are written: `permissions.audit`; sealed: `permissions.sealing`.

Plain UUIDs and no foreign keys: a line outlives what it speaks of. No names, no health data.
UPDATE, DELETE and TRUNCATE are refused by triggers (migration), which yield only in test databases.
The database gives a line its number after its transaction's (migration 0004): numbers tell the order.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Func
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models import Record


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


class NumbersField(models.TextField):
    """A set of line numbers, PostgreSQL's `int8multirange`, as text: `{[1,500),[502,700)}`."""

    def db_type(self, connection) -> str:
        return "int8multirange"

    def get_placeholder(self, value, compiler, connection) -> str:
        return "%s::int8multirange"

    def select_format(self, compiler, sql, params):
        return f"({sql})::text", params


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
            models.Index(fields=["transaction"], name="audit_transaction"),
            # What the log is narrowed down by: the event, who acted, whom it was about.
            models.Index(fields=["event", "-id"], name="audit_event"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(KeyTransform("user", "facts"), name="audit_whom"),
            BrinIndex(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.event}"

    @property
    def is_sealed(self) -> bool:
        """Whether the line is among `sealed_rows`."""
        return self.company is None and self.person is not None


class AuditBlock(models.Model):
    """A sealed set of lines: the root of their Merkle tree, chained to the block before.

    `numbers` are the lines' ids; the database lets no line be in two blocks. `horizon`: every line of a
    transaction before it was sealed by then; `ceiling`: no line with a number below the block's last one can
    have begun after it (None in the first block of a restored database, whose numbers are of another server).
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed = models.DateTimeField(db_default=Now(), editable=False)
    numbers = NumbersField()
    count = models.BigIntegerField()
    last = models.BigIntegerField(help_text="The highest line number in the block.")
    horizon = models.BigIntegerField()
    ceiling = models.BigIntegerField(null=True)
    server = models.BigIntegerField(help_text="The database server whose transaction numbers these are.")
    marks = models.BinaryField(
        help_text="Four bytes of each line's hash, in order: to say which line differs."
    )
    root = models.CharField(max_length=64)
    previous_head = models.CharField(max_length=64)
    head = models.CharField(max_length=64, unique=True)

    unrestricted = models.Manager()

    class Meta:
        base_manager_name = "unrestricted"

    def __str__(self) -> str:
        return f"block {self.id}"


class AuditCheck(Record):
    """One verification of the whole trail: how far it is, and what it found. Done by the worker.

    `findings` are the first ones, `{"block", "line", "what"}` each; `found` is how many there are.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Finished")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    begun = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    total = models.BigIntegerField(default=0, help_text="The sealed lines there were at the beginning.")
    lines = models.BigIntegerField(default=0, help_text="Those read so far.")
    blocks = models.BigIntegerField(default=0)
    anchors = models.BigIntegerField(default=0)
    findings = models.JSONField(default=list)
    found = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-created", "-id"], name="audit_check_newest")]

    def __str__(self) -> str:
        return f"check {self.pk}"

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""
        return self.state == self.State.DONE

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return 100 if self.is_over else min(99, 100 * self.lines // self.total) if self.total else 0
