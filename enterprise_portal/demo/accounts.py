"""The demo's sign-ins: the cast, one HR person a company, and the fiduciary's mandates."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone, translation

from companies.models import Company, Site
from enterprise_portal.demo.companies import COMPANIES
from enterprise_portal.demo.people import CAST, PASSWORD, ROCHAT
from permissions import grants, vocabulary
from users import services, terms
from users.management.commands.terms import default_files, read_texts
from users.models import User
from users.second_factor import enrol_demo_factor, receive_demo_codes

HR_NAMES = (
    ("Martina", "Graf"), ("Loris", "Ferrari"), ("Céline", "Roulin"), ("Stefan", "Amstutz"), ("Anouk", "Choffat"),
    ("Ursina", "Manser"), ("Xavier", "Fournier"), ("Barbara", "Zaugg"), ("Ilaria", "Conti"), ("Maxime", "Gay"),
    ("Christoph", "Meury"),
)  # fmt: skip
# Who can choose codes by SMS at sign-in: they arrive in the outbox.
DEMO_NUMBERS = {"hugo": "+41795550134", "nadia": "+41795550157"}
# Where user management waits for a second person.
WAITING_FOR_TWO = "bernina"
MANDATES = ("keller", "bernina", "jura", "saentis", "helio", "stadtgarten")


def make_staff() -> dict[str, User]:
    """The insurer's people, by the key of the cast; appointed."""
    staff = {}
    for member in CAST:
        if member.preset in {"contract_manager", "health_manager", "superuser"}:
            user = _account(member.email, member.first_name, member.last_name, member.language)
            user.phone = {"reto": "+41 21 555 01 21", "pauline": "+41 21 555 01 34"}.get(member.key, "")
            with translation.override(member.language):
                user.function = str(vocabulary.PRESET_NAMES[member.preset])
            user.save(update_fields=["phone", "function"])
            grants.appoint(user, member.preset, all_companies=member.preset == "superuser")
            staff[member.key] = user
    return staff


def make_customers(
    companies: dict[str, Company], staff: dict[str, User]
) -> tuple[dict[str, User], dict[str, User]]:
    """The customers' people with their grants: the cast by key, and who does HR by company key.

    Where somebody is to manage users, the superuser is the second one behind it.
    """
    reto, sacha = staff["reto"], staff["sacha"]
    users, hr = {}, {}
    for member in CAST:
        if member.preset in {"contract_manager", "health_manager", "superuser"}:
            continue
        user = _account(member.email, member.first_name, member.last_name, member.language)
        users[member.key] = user
        if member.key in DEMO_NUMBERS:
            receive_demo_codes(user, DEMO_NUMBERS[member.key])
        if member.preset == "employee" or not member.company:
            continue
        company = companies[member.company]
        scope = Site.unrestricted.get(company=company, name=member.site) if member.site else company
        grants.grant(scope, to=user, preset=member.preset, extra=member.extra, by=reto, second=sacha)
    # In a small company one person administers and does HR: Bruno may open a single claim file to the bookkeeper.
    grants.grant(companies["keller"], to=users["bruno"], preset="hr", by=reto)
    bookkeeper = _account("finance@keller.example", "Regula", "Hofer", "de")
    grants.grant(companies["keller"], to=bookkeeper, preset="finance", by=reto)
    for key in MANDATES:
        grants.grant(companies[key], to=users["fiona"], preset="fiduciary", by=reto)
    hr[ROCHAT] = users["hugo"]
    others = [sketch for sketch in COMPANIES if sketch.key != ROCHAT]
    for sketch, (first_name, last_name) in zip(others, HR_NAMES, strict=True):
        user = _account(f"hr@{sketch.key}.example", first_name, last_name, sketch.language)
        grants.grant(companies[sketch.key], to=user, preset="hr", by=reto)
        hr[sketch.key] = user
    return users, hr


def ask_corrections(companies: dict[str, Company], users: dict[str, User], reto: User) -> None:
    """One request for a correction that waits for the contract manager, and one that he answered."""
    services.request_correction(users["elena"], companies["keller"], "address", "Via Nassa 3, 6900 Lugano")
    answered = services.request_correction(users["jonas"], companies[ROCHAT], "name", "Jonas Steiner-Frei")
    services.answer_correction(answered.pk, "Korrigiert, gilt ab morgen.", by=reto)


def enter_bank_details(users: dict[str, User], reto: User) -> None:
    """Bank details that wait for the contract manager, and some that he approved."""
    (valid,) = services.enter_bank_details(
        users["nadia"], holder="Nadia Keller", iban="CH9300762011623852957"
    )
    services.approve_bank_details(valid.pk, by=reto)
    services.enter_bank_details(users["jonas"], holder="J. und M. Steiner", iban="DE89370400440532013000")


def name_deputies(companies: dict[str, Company], users: dict[str, User]) -> None:
    """A deputy who stands in now, and a proposal that waits for Claire."""
    today = timezone.localdate()
    rochat = companies[ROCHAT]
    services.name_deputy(
        users["sonia"],
        users["hugo"],
        company=rochat,
        begin=today,
        until=today + timedelta(days=13),
        by=users["claire"],
    )
    services.name_deputy(
        users["hugo"],
        users["sonia"],
        company=rochat,
        begin=today + timedelta(days=20),
        until=today + timedelta(days=33),
        by=users["hugo"],
    )


def ask_for_management(companies: dict[str, Company], hr: dict[str, User], reto: User) -> None:
    """User management given by the contract manager, which waits for the superuser as the second person."""
    (row,) = (
        row
        for row in grants.grants_of(hr[WAITING_FOR_TWO])
        if row.content_object_id == companies[WAITING_FOR_TWO].pk
    )
    services.change_grant(row.uuid, preset="hr", extra=["users.manage"], by=reto)


def publish_terms() -> None:
    """The terms that come with the portal, accepted by everybody who is there."""
    for document, texts in read_texts(default_files()).items():
        services.publish_terms(document, texts)
    versions = [version.pk for version in terms.in_force()]
    for user in User.objects.order_by("email"):
        services.accept_terms(user, versions, language=user.language)


@cache
def _hashed() -> str:
    """The demo's one password, hashed once: a good hash takes a third of a second."""
    return make_password(PASSWORD)


def _account(email: str, first_name: str, last_name: str, language: str) -> User:
    user = User.objects.create_user(email, first_name=first_name, last_name=last_name, language=language)
    user.password = _hashed()
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    enrol_demo_factor(user)
    return user
