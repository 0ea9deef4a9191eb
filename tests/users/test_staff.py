"""People of the insurer: appointed and dismissed on the command line, in by the link they are mailed."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import gettext

from core.errors import NotAllowed
from permissions import grants
from permissions.policy import can, can_somewhere
from tests.users.acts import sign_in_fully
from users.models import User
from users.services import staff

pytestmark = pytest.mark.django_db
NEW = {"first_name": "Rahel", "last_name": "Iten", "language": "de"}
PASSWORD = "Sieben-Stege-26"
MADE = "An account was made for you. With this link you choose its password; it is valid for three days."


def run(*words: str, **options) -> str:
    out = StringIO()
    call_command("staff", *words, stdout=out, **options)
    return out.getvalue()


def test_the_first_of_an_installation_gets_in_by_the_mailed_link(client, db, link_in, lines, mailoutbox):
    run("appoint", "Rahel@insurer.example", "contract_manager", **NEW)
    rahel = User.objects.get(email="rahel@insurer.example")
    assert not rahel.has_usable_password()
    link = link_in("rahel@insurer.example")
    with translation.override("de"):
        assert gettext(MADE) in mailoutbox[0].body
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD})
    assert User.objects.get(pk=rahel.pk).check_password(PASSWORD)
    (line,) = lines("staff.appointed")
    assert (line.actor, line.facts["preset"]) == (None, "contract_manager")
    assert "rahel" not in str(line.facts).lower()


def test_appointing_again_changes_the_role_and_opens_a_closed_account(cast, run_jobs):
    staff.dismiss(cast.sacha.email)
    assert not can_somewhere(cast.sacha, "audit.view")
    run("appoint", cast.sacha.email, "superuser", all_companies=True)
    sacha = User.objects.get(pk=cast.sacha.pk)
    assert sacha.is_active
    assert can(sacha, "audit.view", cast.rochat)
    assert run_jobs() == 0


def test_whoever_is_dismissed_is_out_at_once(client, cast, enrolled, lines):
    sign_in_fully(client, enrolled(cast.pauline))
    assert client.get("/account/profile/").status_code == 200
    run("dismiss", cast.pauline.email)
    assert client.get("/account/profile/")["Location"].startswith("/account/login/")
    assert len(lines("user.deactivated")) == 1


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (("appoint", "x", "superuser"), NEW),
        (("appoint", "x@insurer.example", "superuser"), {}),
        (("appoint", "hugo@rochat.example", "health_manager"), {}),
        (("appoint", "x@insurer.example", "hr"), NEW),
        (("dismiss", "hugo@rochat.example"), {}),
        (("dismiss", "nobody@insurer.example"), {}),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(cast, words, options):
    before = User.objects.count()
    with pytest.raises(CommandError) as refusal:
        run(*words, **options)
    assert str(refusal.value)
    assert User.objects.count() == before
    assert not grants.is_staff(cast.hugo)


def test_nobody_but_who_manages_the_settings_appoints(cast):
    with pytest.raises(NotAllowed):
        staff.appoint("x@insurer.example", "health_manager", **NEW, by=cast.reto)
    assert staff.appoint("x@insurer.example", "health_manager", **NEW, by=cast.sacha)


def test_the_list_names_roles_and_reach(cast):
    listed = run("list")
    assert "reto@insurer.example" in listed
    assert "all companies" in listed.split("sacha@insurer.example")[1].splitlines()[0]
