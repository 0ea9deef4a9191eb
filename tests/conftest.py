"""The tests' ground: the embedded database, and a named cast shared with the demo data."""

import gc
import os
from types import SimpleNamespace

import pytest

from tests import kept, migrated

# The shortest picture: one white point.
BLANK = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"


def pytest_configure() -> None:
    """Emptying the database after a test that commits takes a tenth of the time Django's own way takes."""
    from django.test import TransactionTestCase

    from tests import lighter

    TransactionTestCase._fixture_teardown = kept.empty
    lighter.apply()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first: begun last, it would keep one worker busy while the other is idle."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: a collection that goes through all of it again and again is time lost."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """The tests' database on the embedded server begins with the tables that the migrations made elsewhere."""
    from django.db import connection

    if "PORTAL_EMBEDDED" in os.environ:
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated.template(os.environ["DATABASE_URL"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The tests' server need not survive a power cut, nor tidy up what every test undoes, nor seek the best way
    through tables of a few rows: planning takes longer there than reading.
    """
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for name in ("fsync", "full_page_writes", "autovacuum"):
            cursor.execute(f"alter system set {name} = off")
        for name in ("join_collapse_limit", "from_collapse_limit"):
            cursor.execute(f"alter system set {name} = 1")
        cursor.execute("select pg_reload_conf()")


@pytest.fixture(autouse=True)
def own_language():
    """A page of the test before may have left its reader's language behind: each begins in the portal's own."""
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(autouse=True)
def draughtsman(monkeypatch):
    """Pages are drawn without the child process: it has tests of its own (`tests/documents/test_previews.py`)."""
    from documents import preview

    def pictures(document, reader, first, count):
        yield from [(preview.THUMBNAIL, BLANK)] if first == 1 else []
        for number in range(first, first + count):
            yield preview.page_name(number), BLANK

    monkeypatch.setattr(preview, "_pictures", pictures)


@pytest.fixture
def cast(db):
    """Everybody of `enterprise_portal.demo.people`, with two companies around them, and Zoé with no right."""
    return kept.once(_make_cast)


def _make_cast() -> SimpleNamespace:
    from django.db import transaction

    from enterprise_portal.demo.people import CAST, KELLER, ROCHAT
    from permissions import grants
    from tests.factories import make_company, make_contract, make_people, make_person, make_site, make_user

    people = make_people(CAST)
    people["zoe"] = make_user("Zoé", "Nobs", email="zoe@nowhere.example")
    staff = {"contract_manager": people["reto"], "health_manager": people["pauline"]}
    rochat = make_company("Atelier Rochat SA", **staff)
    keller = make_company("Keller Holzbau AG", language="de", town="Winterthur", postcode="8400", **staff)
    companies = {ROCHAT: rochat, KELLER: keller}
    lausanne, morges = make_site(rochat, "Lausanne"), make_site(rochat, "Morges")
    winterthur = make_site(keller, "Winterthur")
    sites = {ROCHAT: lausanne, KELLER: winterthur}
    persons = {}
    for member in CAST:
        user = people[member.key]
        if member.preset == "employee":
            home = sites[member.company]
            persons[member.key] = make_person(
                companies[member.company], home, member.first_name, member.last_name, user=user
            )
        elif member.preset in {"contract_manager", "health_manager", "superuser"}:
            grants.appoint(user, member.preset, all_companies=member.preset == "superuser")
        elif member.company:
            scope = morges if member.site == "Morges" else companies[member.company]
            with transaction.atomic():
                grants.write(scope, to=user, preset=member.preset, by=people["reto"], extra=member.extra)
    for company in companies.values():
        with transaction.atomic():
            grants.write(company, to=people["fiona"], preset="fiduciary", by=people["reto"])
    return SimpleNamespace(
        **people,
        rochat=rochat,
        keller=keller,
        lausanne=lausanne,
        morges=morges,
        winterthur=winterthur,
        persons=SimpleNamespace(**persons),
        # Marco works in Morges and has no account: the person others act for.
        marco=make_person(rochat, morges, "Marco", "Bernasconi"),
        ktg=make_contract(rochat, "ktg"),
        laa=make_contract(rochat, "laa"),
        keller_ktg=make_contract(keller, "ktg"),
        keller_laa=make_contract(keller, "laa"),
    )


@pytest.fixture
def sign_in(client):
    """Sign somebody in on the test client, both factors given: `sign_in(cast.hugo)` returns the client."""

    def enter(user, on=None):
        from allauth.mfa.models import Authenticator

        browser = on or client
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return enter
