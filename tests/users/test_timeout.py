"""The end of a session: what pages, fetches and programs hear, and the way back for the same person only."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from declarations import services as declarations
from declarations.models import Declaration
from tests.users.acts import LOGIN, give_code, give_password, sign_in_fully, user_of
from users import second_factor, services
from users.sessions import mark_of, warning_seconds

PROFILE = "/account/profile/"


@pytest.fixture
def hugo_inside(client, cast, enrolled):
    """Hugo, signed in, with a page just opened."""
    sign_in_fully(client, enrolled(cast.hugo))
    client.get(PROFILE)
    return client


def later(clock, limit):
    """Past the idle limit, or past the absolute one."""
    clock(minutes=31 if limit == "idle" else 12 * 60 + 1)


def asked(answer):
    """Path and query of where an answer leads."""
    parts = urlsplit(answer["Location"])
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def sign_in_at(browser, target, user):
    """Sign in on the page to which `target` leads; where that leads in the end."""
    path, query = asked(target)
    assert path == LOGIN
    browser.post(path, {"login": user.email, "password": "secret-Word-1", "next": query.get("next", "")})
    return browser.get(give_code(browser, second_factor.code_now(user))["Location"])


# --- Pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["idle", "whole"])
def test_after_the_end_the_sign_in_page_says_so_and_leads_back(hugo_inside, cast, clock, limit):
    later(clock, limit)
    answer = hugo_inside.get("/claims/?page=2")
    path, query = asked(answer)
    assert (path, query["ended"]) == (LOGIN, "1")
    assert user_of(hugo_inside) is None
    page = hugo_inside.get(answer["Location"]).content.decode()
    assert "alert-info" in page
    assert sign_in_at(hugo_inside, answer, cast.hugo)["Location"] == "/claims/?page=2"


@pytest.mark.parametrize("limit", ["idle", "whole"])
def test_somebody_else_who_signs_in_there_goes_home(hugo_inside, cast, enrolled, clock, limit):
    enrolled(cast.sonia)
    later(clock, limit)
    answer = hugo_inside.get("/claims/?page=2")
    assert sign_in_at(hugo_inside, answer, cast.sonia)["Location"] == "/"


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "/\\evil.example", "", "claims"])
def test_the_way_back_leads_nowhere_else(hugo_inside, cast, to):
    back = reverse("account_return")
    assert hugo_inside.get(back, {"to": to, "who": mark_of(cast.hugo.pk)})["Location"] == "/"
    for who in ("", "x", mark_of(cast.sonia.pk), str(cast.hugo.pk)):
        assert hugo_inside.get(back, {"to": "/claims/", "who": who})["Location"] == "/"


def test_of_a_session_ended_from_outside_nobody_knows_whose_page_it_was(hugo_inside, cast):
    services.end_sessions(cast.hugo)
    path, query = asked(hugo_inside.get("/claims/"))
    assert (path, query) == (LOGIN, {"ended": "1"})


def test_what_was_being_sent_is_not_done_later(hugo_inside, cast, clock):
    person = cast.persons.nadia
    draft = declarations.start(person, "illness", by=cast.hugo)
    form = reverse("declarations:part", args=[draft.pk, "event"])
    later(clock, "idle")
    answer = hugo_inside.post(
        reverse("switch_company"), {}, headers={"referer": f"http://testserver{form}?back=check"}
    )
    assert sign_in_at(hugo_inside, answer, cast.hugo)["Location"] == f"{form}?back=check"


@pytest.mark.parametrize("sent_from", ["", "https://evil.example/claims/", "//evil.example/"])
def test_sent_from_elsewhere_leads_to_a_page_of_ours(hugo_inside, cast, clock, sent_from):
    later(clock, "idle")
    answer = hugo_inside.post(
        reverse("switch_company"), {}, headers={"referer": sent_from} if sent_from else {}
    )
    assert sign_in_at(hugo_inside, answer, cast.hugo)["Location"] in {"/", "/claims/"}


@pytest.mark.parametrize("path", [LOGIN, "/account/password/reset/", "/livez"])
def test_open_pages_stay_open_after_the_end(hugo_inside, clock, path):
    later(clock, "idle")
    assert hugo_inside.get(path).status_code == 200


def test_whoever_signs_out_himself_hears_nothing_of_an_end(hugo_inside):
    hugo_inside.post("/account/logout/")
    assert "ended" not in hugo_inside.get(PROFILE)["Location"]
    assert "ended" not in Client().get(PROFILE)["Location"]


# --- Fetches and programs ---------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["idle", "whole"])
@pytest.mark.parametrize(
    "headers", [{"hx-request": "true"}, {"x-background": "1"}, {"x-person": "mine"}], ids=str
)
def test_what_a_page_fetches_hears_401(hugo_inside, cast, clock, limit, headers):
    later(clock, limit)
    headers = {name: mark_of(cast.hugo.pk) if value == "mine" else value for name, value in headers.items()}
    for _again in range(2):
        answer = hugo_inside.get("/notifications/", headers=headers)
        if _again and "x-person" not in headers:
            continue
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


@pytest.mark.parametrize("limit", ["idle", "whole"])
def test_the_api_says_that_the_session_has_ended(hugo_inside, clock, limit):
    later(clock, limit)
    answer = hugo_inside.get("/api/v1/me/")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    assert answer["WWW-Authenticate"]


def test_a_draft_sent_after_the_end_is_neither_saved_nor_lost(hugo_inside, cast, clock):
    """The part typed so far stays as it was saved last; the page keeps what it could not send."""
    draft = declarations.start(cast.persons.nadia, "illness", by=cast.hugo)
    form = reverse("declarations:part", args=[draft.pk, "event"])
    mine = {"x-autosave": "1", "x-person": mark_of(cast.hugo.pk)}
    first = hugo_inside.post(form, {"version": draft.version, "earlier": "no"}, headers=mine)
    assert first.status_code == 200
    kept = Declaration.unrestricted.get(pk=draft.pk).parts
    later(clock, "idle")
    late = hugo_inside.post(form, {"version": draft.version, "earlier": "yes"}, headers=mine)
    assert late.status_code == 401
    assert Declaration.unrestricted.get(pk=draft.pk).parts == kept
    assert kept["event"]


def test_a_page_left_open_does_nothing_as_the_next_person(hugo_inside, cast, enrolled):
    """Sonia signs in in the same browser; Hugo's page, still open, tries to save."""
    draft = declarations.start(cast.persons.nadia, "illness", by=cast.hugo)
    form = reverse("declarations:part", args=[draft.pk, "event"])
    hugo_inside.post("/account/logout/")
    sign_in_fully(hugo_inside, enrolled(cast.fiona))
    hugo = {"x-autosave": "1", "x-person": mark_of(cast.hugo.pk)}
    before = Declaration.unrestricted.get(pk=draft.pk).parts
    answer = hugo_inside.post(form, {"version": draft.version, "earlier": "no"}, headers=hugo)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    assert Declaration.unrestricted.get(pk=draft.pk).parts == before
    fiona = {**hugo, "x-person": mark_of(cast.fiona.pk)}
    assert hugo_inside.post(form, {"version": draft.version}, headers=fiona).status_code == 200


# --- How long it lasts ------------------------------------------------------------------------------


def left(answer):
    """Seconds without activity and at most, and whose, as an answer says."""
    idle, whole, who = answer["X-Session-Left"].split()
    return int(idle), int(whole), who


def test_every_answer_says_how_long_it_lasts_and_asking_quietly_changes_nothing(hugo_inside, cast, clock):
    idle, whole, who = left(hugo_inside.get(PROFILE))
    assert 1795 <= idle <= 1800
    assert 43195 <= whole <= 43200
    assert who == mark_of(cast.hugo.pk)
    clock(minutes=28)
    quiet = hugo_inside.get(reverse("account_session"), headers={"x-background": "1"})
    assert quiet.status_code == 204
    assert left(quiet)[0] <= 120
    assert left(hugo_inside.get(reverse("account_session"), headers={"x-background": "1"}))[0] <= 120
    # “Stay signed in”.
    assert left(hugo_inside.get(reverse("account_session")))[0] >= 1795


def test_near_the_longest_time_activity_gives_no_more(hugo_inside, clock):
    for _turn in range(28):
        clock(minutes=25)
        hugo_inside.get(PROFILE)
    clock(minutes=18)
    idle, whole, _who = left(hugo_inside.get(reverse("account_session")))
    assert idle == whole
    assert whole <= 120


def test_pages_warn_two_minutes_before_and_those_of_strangers_never(hugo_inside, settings):
    page = hugo_inside.get(PROFILE).content.decode()
    assert 'id="session-dialog"' in page
    assert 'data-warning="120"' in page
    assert "timeout.js" in page
    assert 'id="session-dialog"' not in Client().get(LOGIN).content.decode()
    settings.SESSION_IDLE_SECONDS = 60
    assert warning_seconds() == 30


def test_the_mark_of_a_person_tells_nobody_who_he_is(cast):
    assert mark_of(cast.hugo.pk) == mark_of(str(cast.hugo.pk))
    assert mark_of(cast.hugo.pk) != mark_of(cast.sonia.pk)
    assert str(cast.hugo.pk)[:8] not in mark_of(cast.hugo.pk)


def test_half_signed_in_is_not_ended(client, cast, enrolled):
    enrolled(cast.hugo)
    give_password(client, cast.hugo.email)
    assert "ended" not in client.get(PROFILE)["Location"]
