"""The base of every record: a key that says nothing, and the time it was made."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone


class Record(models.Model):
    """A row addressed from outside by a random UUID: addresses can be neither guessed nor counted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class OutboxMessage(Record):
    """A mail, text message or letter as it left the portal; kept in the demo only, to be read there."""

    class Kind(models.TextChoices):
        MAIL = "mail", "mail"
        SMS = "sms", "SMS"
        LETTER = "letter", "letter"

    kind = models.CharField(max_length=6, choices=Kind, default=Kind.MAIL)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    # The paper of a letter.
    pdf = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-created"], name="outbox_newest")]

    def __str__(self) -> str:
        return self.subject


class DatedParameter(Record):
    """An amount, cap, deadline or rounding rule of the law or the house, valid from a day on.

    A new value is a new row, never a change of the old one: what was computed stays explainable.
    Read through `core.parameters.value_on`.
    """

    key = models.CharField(max_length=80)
    valid_from = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    value = models.JSONField(null=True, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["key", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["key", "valid_from"], name="parameter_once_per_day"),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=False, value__isnull=True)
                | models.Q(amount__isnull=True, value__isnull=False),
                name="parameter_is_amount_or_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.valid_from})"


class NumberRange(models.Model):
    """The last number given out in a series and year; see `core.numbers`."""

    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="one_range_per_series_and_year")
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}: {self.last}"


class IdempotentAnswer(models.Model):
    """The answer once given to somebody's `Idempotency-Key`, or to nobody's; see `core.idempotency`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    key = models.CharField(max_length=255)
    created = models.DateTimeField(default=timezone.now, editable=False)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    # Encrypted JSON.
    body = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], nulls_distinct=False, name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created"], name="idempotency_age")]

    def __str__(self) -> str:
        return self.key


# What was brought is forgotten so much later, written or not.
IMPORT_KEPT = timedelta(days=1)


def import_expiry() -> datetime:
    """When a table brought, or worked through, now is forgotten."""
    return timezone.now() + IMPORT_KEPT


class TableImport(Record):
    """A table of many rows on its way into the records of one company: read, looked at, then written; see `core.imports`.

    `cursor` is the row that a job has come to: killed, the next one goes on behind it. Nobody but the person who brought
    the table sees it.
    """

    class State(models.TextChoices):
        CHECKING = "checking", "checking"
        CHECKED = "checked", "checked"
        RUNNING = "running", "running"
        DONE = "done", "done"
        # The person who said yes may not do so any more: what is left stays unwritten.
        STOPPED = "stopped", "stopped"

    kind = models.CharField(max_length=20)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The company.
    scope = models.UUIDField()
    state = models.CharField(max_length=8, choices=State, default=State.CHECKING)
    cursor = models.PositiveIntegerField(default=0)
    # Of the step under way: rows in all, rows done.
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    # By what means the person acts, and how far he reaches so: a job does no more than he may himself.
    means = models.JSONField(default=dict)
    # Headings that nobody knows.
    ignored = models.JSONField(default=list)
    expires = models.DateTimeField(default=import_expiry)

    class Meta:
        indexes = [
            models.Index(fields=["expires"], name="table_import_age"),
            models.Index(fields=["user", "kind", "-created"], name="table_import_of_user"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def percent(self) -> int:
        """How much of the step under way is done."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_under_way(self) -> bool:
        """Whether a job is at work on it."""
        return self.state in {self.State.CHECKING, self.State.RUNNING}


class ImportedRow(models.Model):
    """A row of a table: encrypted what is written in it, what it would change, what is wrong with it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "not checked yet"
        FAULT = "fault", "fault"
        NEW = "new", "new"
        CHANGED = "changed", "changed"
        LEAVES = "leaves", "leaves"
        UNCHANGED = "unchanged", "unchanged"

    class Result(models.TextChoices):
        NONE = "", "not written"
        DONE = "done", "written"
        LEFT_OUT = "left_out", "left out"

    table = models.ForeignKey(TableImport, on_delete=models.CASCADE, related_name="rows")
    # As a spreadsheet shows it.
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.WAITING)
    result = models.CharField(max_length=8, choices=Result, default=Result.NONE, blank=True)
    # Whom or what the row is about, keyed: two rows about the same are found without reading them.
    about = models.CharField(max_length=64, blank=True)
    sealed = models.TextField()
    # What it has become.
    made = models.UUIDField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["table", "number"], name="imported_row_once")]
        indexes = [
            models.Index(fields=["table", "outcome", "number"], name="imported_row_outcome"),
            models.Index(fields=["table", "about", "number"], name="imported_row_about"),
        ]

    def __str__(self) -> str:
        return str(self.number)
