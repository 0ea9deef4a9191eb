"""The data sets: companies, people and claim files by COPY, the same for every run.

Four kinds of company. HR's own has at least 40 cases. Two hundred belong to a fiduciary and hold half of all
cases, two hundred dormant ones hold one old case each whatever the size, the rest holds what is left: the
more cases there are, the more of them are somebody else's.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model

from claims_files.models import ClaimFile, Cover, Decision, IncapacityPeriod, PaperRequest
from companies.models import Company, Contract, InsuredPerson, Site
from permissions.ledger import ClaimFileGrant, CompanyGrant, StaffRole
from users.models import User

FIDUCIARY, DORMANT, OTHERS = 200, 200, 800
# Cases of HR's own company at every size; all of people called Keller, and accepted: they fill a filtered page, too.
FIRST_CASES = 40
NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
# Every tenth person bears one of the common names, the others one of two thousand.
LAST = [
    "keller", "muller", "meier", "schmid", "weber", "huber", "schneider", "rochat", "favre", "bernasconi",
    "rossi", "bianchi", "dubois", "monnier", "steiner", "brunner", "gerber", "widmer", "zimmermann", "moser",
    "graf", "wyss", "roth", "baumann", "suter", "bachmann", "kunz", "frei", "lehmann", "berset",
]  # fmt: skip
BEGINS = ["ab", "bern", "cas", "del", "egg", "fas", "gross", "hof", "im", "jos", "kal", "lu", "mon", "nie", "ober",
          "pas", "quad", "rei", "sal", "tan"]  # fmt: skip
MIDDLES = ["a", "be", "ci", "do", "en", "fi", "ger", "hal", "i", "lo"]
ENDS = ["berg", "chi", "dorf", "er", "felder", "in", "li", "mann", "oz", "ti"]
FIRST = [
    "nadia", "marco", "jonas", "elena", "hugo", "sonia", "felix", "claire", "bruno", "fiona", "reto",
    "pauline", "sacha", "anna", "luca", "sara", "david", "laura", "simon", "julia",
]  # fmt: skip


def key(kind: str, number: int) -> str:
    """The id of the n-th record of a kind: random to look at, the same in every run."""
    digest = hashlib.md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:]}"


def fill(rows: int) -> None:
    """Fill the empty database behind the default connection with `rows` claim files."""
    with connection.cursor() as cursor:
        # Triggers and foreign keys rest while the rows pour in.
        cursor.execute("set session_replication_role = replica")
        indexes = _without_indexes(cursor, ClaimFile._meta.db_table)
    ContentType.objects.clear_cache()
    people()
    companies()
    copy(InsuredPerson, _persons(rows))
    copy(ClaimFile, _claims(rows))
    for statement in indexes:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    _periods()
    _covers()
    copy(PaperRequest, _papers(rows))
    _grants(rows)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = origin")
        cursor.execute("vacuum (analyze)")


# --- People and companies -----------------------------------------------------------------------

CASES = [
    "hr", "fiduciary-200", "fiduciary-200-dormant", "dormant-20", "two-files", "employee", "no-right",
    "health-manager",
]  # fmt: skip


def people() -> None:
    """An account for every case, named after it, and the insurer's two."""
    accounts = []
    for number, name in enumerate([*CASES, "manager"]):
        accounts.append(
            User(
                id=key("user", number),
                email=f"{name}@bench.example",
                identifier=f"EP{number:08d}",
                first_name=name.title(),
                last_name="Bench",
                language="en",
            )
        )
    User.objects.bulk_create(accounts)


def user(name: str) -> User:
    """The account of a case."""
    return User.objects.get(email=f"{name}@bench.example")


def companies() -> None:
    """The companies with a site and a contract each, looked after by the insurer's two."""
    manager = key("user", len(CASES))
    numbers = range(FIDUCIARY + DORMANT + OTHERS)
    copy(
        Company,
        (
            {
                "id": key("company", n), "name": f"Company {n:04d}", "sort_key": f"company {n:04d}",
                "uid": f"CHE-{n // 1000:03d}.{n % 1000:03d}.000", "legal_form": "sa",
                "contract_manager_id": manager, "health_manager_id": manager, "created": NOW,
            }
            for n in numbers
        ),
    )  # fmt: skip
    copy(
        Site,
        (
            {"id": key("site", n), "company_id": key("company", n), "name": "Main", "created": NOW}
            for n in numbers
        ),
    )
    copy(
        Contract,
        (
            {
                "id": key("contract", n), "company_id": key("company", n), "policy_number": f"KTG-{n:06d}",
                "branch": "ktg", "begin": date(2020, 1, 1), "benefit_rate": 80, "created": NOW,
                "persons_groups": "[]",
            }
            for n in numbers
        ),
    )  # fmt: skip


def placed(rows: int) -> Iterator[tuple[int, int]]:
    """(claim file, company) of every claim file, the dormant companies' first, then by chance."""
    chance = random.Random(rows)
    for number in range(DORMANT):
        yield number, FIDUCIARY + number
    for number in range(DORMANT, DORMANT + FIRST_CASES):
        yield number, 0
    for number in range(DORMANT + FIRST_CASES, rows):
        if chance.random() < 0.5:
            yield number, chance.randrange(FIDUCIARY)
        else:
            yield number, FIDUCIARY + DORMANT + chance.randrange(OTHERS)


def _name(number: int) -> tuple[str, str]:
    chance = random.Random(number)
    first = chance.choice(FIRST)
    if number in range(500, 500 + FIRST_CASES // 5):
        return "keller", first
    if chance.random() < 0.1:
        return chance.choice(LAST), first
    return chance.choice(BEGINS) + chance.choice(MIDDLES) + chance.choice(ENDS), first


def person_of(claim: int, company: int) -> int:
    """The number of the insured person of a claim file: at most 200 at a company, HR's first cases apart."""
    if DORMANT <= claim < DORMANT + FIRST_CASES:
        return company * 1_000_000 + 500 + (claim - DORMANT) // 5
    return company * 1_000_000 + claim % 1000 // 5


def _persons(rows: int) -> Iterator[dict[str, Any]]:
    seen: set[int] = set()
    for claim, company in placed(rows):
        number = person_of(claim, company)
        if number in seen:
            continue
        seen.add(number)
        last, first = _name(number)
        yield {
            "id": key("person", number), "company_id": key("company", company), "created": NOW,
            "site_id": key("site", company), "insured_number": f"V{number}", "first_name": first.title(),
            "last_name": last.title(), "sort_key": f"{last} {first}", "birth_date": date(1985, 5, 17),
            "ahv_number": f"756.{number // 1_000_000:04d}.{number % 1_000_000 // 100:04d}.{number % 100:02d}",
            "sex": "f", "employment_begin": date(2018, 3, 1), "degree_percent": 100, "annual_salary": 78000,
        }  # fmt: skip


STATES = ["received", "in_progress", "document_missing", "accepted", "declined", "closed"]
WEIGHTS = [2, 10, 5, 30, 3, 50]


def _claims(rows: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(rows + 1)
    step = timedelta(days=5 * 365) / rows
    manager = key("user", len(CASES))
    for number, company in placed(rows):
        created = NOW - timedelta(days=6 * 365 + number) if number < DORMANT else NOW - number * step
        person = person_of(number, company)
        last, first = _name(person)
        state = chance.choices(STATES, WEIGHTS)[0]
        if number in range(DORMANT, DORMANT + FIRST_CASES):
            state = "accepted"
        taken = None if state == "received" else created
        row = {
            "id": key("claim", number), "created": created, "number": f"S-2026-{number:07d}",
            "kind": "illness" if number % 3 else "accident", "state": state,
            "employer_state": "in_progress" if state == "document_missing" and number % 2 else state,
            "company_id": key("company", company), "site_id": key("site", company),
            "contract_id": key("contract", company), "person_id": key("person", person),
            "person_sort_key": f"{last} {first}", "event_date": created.date(), "opened": created,
            "last_activity": created, "taken_over_at": taken, "health_manager_id": taken and manager,
        }  # fmt: skip
        if state == "in_progress" and number % 4 == 0:
            row["arrived_at"] = created
        if state in {"accepted", "declined"}:
            row["decided_at"] = created
        if state == "closed":
            row |= {"closed_at": created, "outcome": "settled"}
        yield row


def _periods() -> None:
    """Two weeks of incapacity for every claim file, made by the database itself."""
    period, claim = IncapacityPeriod._meta.db_table, ClaimFile._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'insert into {period} (id, created, claim_file_id, version, begin, "end", degree)'
            f" select gen_random_uuid(), created, id, 1, event_date, event_date + 13, 100 from {claim}"
        )


def _covers() -> None:
    """The contract of every claim file with where it stands, and the decision on it, made by the database itself."""
    cover, claim, decision = Cover._meta.db_table, ClaimFile._meta.db_table, Decision._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {cover} (id, created, claim_file_id, contract_id, state) select gen_random_uuid(), created,"
            " id, contract_id, case when state in ('accepted', 'declined') then state when state = 'closed' then"
            f" 'accepted' else 'pending' end from {claim}"
        )
        cursor.execute(
            f"insert into {decision} (id, created, claim_file_id, cover_id, number, outcome, reason_code, reason,"
            " legal_remedy, at, by_id) select gen_random_uuid(), cover.created, claim_file_id, cover.id, 1,"
            " cover.state, '', 'x', 'objection', cover.created, health_manager_id"
            f" from {cover} cover join {claim} claim on claim.id = claim_file_id where cover.state <> 'pending'"
        )


def _papers(rows: int) -> Iterator[dict[str, Any]]:
    manager = key("user", len(CASES))
    for number, company in placed(rows):
        if number % 20 == 0:
            yield {
                "id": key("paper", number), "claim_file_id": key("claim", number), "created": NOW,
                "company_id": key("company", company), "kind": "certificate", "addressee": "employer",
                "person_id": key("person", person_of(number, company)), "requested_by_id": manager,
                "due": date(2026, 10, 1) + timedelta(days=number % 60),
            }  # fmt: skip


# --- Rights -------------------------------------------------------------------------------------


def _grants(rows: int) -> None:
    grant(user("hr"), "hr", [0])
    grant(user("fiduciary-200"), "fiduciary", range(FIDUCIARY))
    grant(user("fiduciary-200-dormant"), "fiduciary", range(FIDUCIARY, FIDUCIARY + DORMANT))
    grant(user("dormant-20"), "hr", range(FIDUCIARY, FIDUCIARY + 20))
    ClaimFileGrant.objects.bulk_create(
        ClaimFileGrant(
            user=user("two-files"),
            permission=_permission(ClaimFile, "hr"),
            content_object_id=key("claim", number),
        )
        for number in two_files()
    )
    InsuredPerson.unrestricted.filter(pk=key("person", person_of(DORMANT, 0))).update(user=user("employee"))
    StaffRole.objects.create(user=user("health-manager"), preset="health_manager", all_companies=True)


def grant(holder: User, preset: str, numbers: Iterable[int], extra: Iterable[str] = ()) -> None:
    """Let somebody hold a preset on the companies with these numbers."""
    CompanyGrant.objects.bulk_create(
        CompanyGrant(
            user=holder,
            permission=_permission(Company, preset),
            content_object_id=key("company", number),
            extra_actions=list(extra),
        )
        for number in numbers
    )


def manage(manager: User, numbers: Iterable[int]) -> None:
    """Let somebody be the contract manager of the companies with these numbers."""
    keys = [key("company", number) for number in numbers]
    Company.unrestricted.filter(pk__in=keys).update(contract_manager=manager)


def two_files() -> tuple[int, int]:
    """The claim files granted one by one: one of HR's company, one of a dormant one."""
    return DORMANT, 0


def _permission(model: type[Model], preset: str) -> Permission:
    content_type = ContentType.objects.get_for_model(model)
    found, _new = Permission.objects.get_or_create(
        content_type=content_type, codename=preset, defaults={"name": preset}
    )
    return found


# --- COPY ---------------------------------------------------------------------------------------


def copy(model: type[Model], rows: Iterable[dict[str, Any]], without: Iterable[str] = ()) -> None:
    """Pour rows into the model's table; what a row does not say is the field's default.

    The columns `without` are left to the database.
    """
    left = set(without)
    fields = [
        field for field in model._meta.concrete_fields if not field.generated and field.name not in left
    ]
    empty = {field.attname: _default(field) for field in fields}
    names = ", ".join(f'"{field.column}"' for field in fields)
    order = [field.attname for field in fields]
    statement = f'copy "{model._meta.db_table}" ({names}) from stdin'
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            full = {**empty, **row}
            cells = ["\\N" if full[name] is None else str(full[name]) for name in order]
            copy.write("\t".join(cells) + "\n")


def _default(field: Any) -> Any:
    if field.primary_key or not field.has_default():
        return None if field.null else ""
    value = field.get_default()
    return "[]" if value == [] else value


def _without_indexes(cursor: Any, table: str) -> list[str]:
    """Drop the table's plain indexes; the statements that make them again."""
    cursor.execute(
        "select indexname, indexdef from pg_indexes where tablename = %s and indexname not in"
        " (select conname from pg_constraint)",
        [table],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f'drop index "{name}"')
    return [definition for _name, definition in found]
