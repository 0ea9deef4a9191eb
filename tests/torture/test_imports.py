"""Workers killed while they write a table: every row is written once, and the bar shows what is really there."""

import io
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from companies.imports import PERSONS
from companies.models import InsuredPerson
from core import imports
from enterprise_portal.demo.companies import ahv_number
from permissions.models import AuditLine

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.torture]
ROUNDS = int(os.environ.get("PORTAL_TORTURE", "1"))
ROWS = 60 if ROUNDS == 1 else 40 * ROUNDS

WORKER = """
import sys
import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from core.imports import running

running.WRITTEN = 5
print("ready", flush=True)
running.carry_on(sys.argv[2])
"""
HEADING = "AHV number;Last name;First name;Date of birth;Sex;Site;Begin of employment;Level of employment;Annual salary"


def test_a_killed_worker_neither_repeats_nor_forgets_a_row(cast):
    rows = [
        f"{ahv_number(70_000_000 + n)};Neu {n};Nora;17.5.1990;f;Lausanne;1.2.2026;80;60000"
        for n in range(ROWS)
    ]
    table = imports.bring(
        PERSONS, cast.rochat.pk, io.BytesIO("\n".join([HEADING, *rows]).encode()), by=cast.hugo
    )
    imports.carry_on(table.pk)
    imports.confirm(PERSONS, table.pk, by=cast.hugo)
    people = InsuredPerson.unrestricted.filter(company=cast.rochat, last_name__startswith="Neu ")
    dice = random.Random()
    for _round in range(ROUNDS):
        killed_worker(table, dice.uniform(0.02, 0.3))
        table.refresh_from_db()
        assert table.done == people.count()
    imports.carry_on(table.pk)
    table.refresh_from_db()
    assert (table.state, table.done, people.count()) == ("done", ROWS, ROWS)
    assert people.values("insured_number").distinct().count() == ROWS
    assert AuditLine.unrestricted.filter(event="person.created").count() == ROWS
    assert imports.counts(table)["done"] == ROWS


def killed_worker(table, seconds):
    """Start a worker on this table and kill it while it writes."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(table.pk)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    # What the database had begun to commit is either there or not by now.
    time.sleep(0.3)
