"""Fill an empty demo database with people, cases, papers and invoices; always the same ones."""

from __future__ import annotations

import sys
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import translation
from tqdm import tqdm

from correspondence.services import quietly
from documents.intake import examined_once
from enterprise_portal.demo import (
    accounts,
    bills,
    cases,
    companies,
    core_system,
    guarantees,
    invoices,
    letters,
    plans,
    reviews,
    sign_in,
    statements,
    words,
)
from permissions.audit import record
from permissions.models import AuditLine
from permissions.reach import settled
from users.models import User

# share of the people, number of cases
SIZES = {"s": (0.1, 40), "m": (1.0, 600)}

# The first and the last line of a seeding: a database with the first only was left half filled.
BEGUN, SEEDED = "demo.begun", "demo.seeded"


def is_demo() -> bool:
    """Whether this database was filled here, wholly or in part: nothing in it is anybody's work."""
    return AuditLine.unrestricted.filter(event=BEGUN).exists()


def half_seeded() -> bool:
    """Whether a seeding of this database was interrupted."""
    return is_demo() and not AuditLine.unrestricted.filter(event=SEEDED).exists()


class Command(BaseCommand):
    """`manage.py seed_demo --size s|m`."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=SIZES, default="m")
        parser.add_argument("--no-progress", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only a demo is seeded: PORTAL_MODE is not `demo`.")
        if User.objects.exists():
            raise CommandError("This database has people in it already: it is not an empty demo.")
        with transaction.atomic():
            record(None, BEGUN)
        share, count = SIZES[options["size"]]
        people = sum(max(4, round(sketch.people * share)) for sketch in companies.COMPANIES)
        bills = 12 * sum(2 + (place % 3 == 0) for place in range(len(companies.COMPANIES)))
        with connection.cursor() as cursor:
            # What is lost in a crash now is seeded again: no need to wait for the disk at every step.
            cursor.execute("set synchronous_commit to off")
        with (
            translation.override("fr"),
            tqdm(
                total=people // 10 + bills + count,
                desc="Seeding",
                file=sys.stderr,
                disable=options["no_progress"],
                bar_format="{desc} {percentage:3.0f}% |{bar:40}| {elapsed}",
            ) as bar,
        ):
            self._seed(share, count, bar)
        with transaction.atomic():
            record(None, SEEDED, size=options["size"])

    def _seed(self, share: float, count: int, bar: Any) -> None:
        random = Random(2026)  # noqa: S311  invented data, the same every time
        staff = accounts.make_staff()
        managers = {"contract_manager": staff["reto"], "health_manager": staff["pauline"]}
        made = companies.make_companies(random, managers, share, lambda number: bar.update(number / 10))
        with quietly():
            users, hr = accounts.make_customers(made, staff)
        companies.link_cast(made, users)
        accounts.publish_terms()
        accounts.name_deputies(made, users)
        accounts.ask_for_management(made, hr, staff["reto"])
        accounts.ask_corrections(made, users, staff["reto"])
        accounts.enter_bank_details(users, staff["reto"])
        sign_in.prepare_single_sign_on(made, staff["reto"])
        letters.order_letters(made, staff["reto"])
        letters.send_link(staff["reto"])
        letters.let_a_letter_wait()
        # The past is known to everybody, all rights are granted by now, and the same few papers come again and
        # again; people are told of the stories of the cast.
        with quietly(), settled(), examined_once():
            invoices.make_invoices(random, made, staff["reto"], bar.update)
            cases.make_cases(random, made, hr, staff["pauline"], count, bar.update)
        reviews.make_reviews(made, users, staff["reto"])
        words.make_words(staff["sacha"])
        cases.make_stories(random, made, users, hr, staff["pauline"])
        words.read_certificates(users, hr, staff["pauline"])
        bills.make_bills(users, staff["pauline"])
        guarantees.make_guarantees(users, staff["pauline"])
        plans.make_plans(users, staff["pauline"])
        with quietly():
            # First: the portal's own statements go on where days are left.
            core_system.make_core_system(users)
            statements.make_statements(made, users, hr, staff["pauline"])
