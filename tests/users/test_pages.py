"""Pages of user management and of the own account, as different people see them."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from permissions import grants
from permissions.policy import can
from tests.factories import make_company, make_user
from users import services
from users.models import AccessRequest, Invitation, ManagementRequest, User

PEOPLE = "/users/"
FORM = {"email": "sara@rochat.example", "first_name": "Sara", "last_name": "Blanc", "language": "en"}


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


def row_of(user, preset=None):
    return next(row for row in grants.grants_of(user) if preset in {None, row.preset})


def body(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


# --- Who has access -----------------------------------------------------------------------------------


def test_the_administrator_sees_his_company_and_nobody_elses(cast, sign_in):
    page = sign_in(cast.claire).get(PEOPLE)
    names = {entry.person for entry in page.context["entries"]}
    assert names == {cast.claire, cast.hugo, cast.sonia, cast.felix, cast.fiona}
    text = body(page)
    assert (
        "Hugo can report cases, transfer documents, follow claim files and edit employees (Atelier Rochat SA)."
        in text
    )
    assert "site of Morges, Atelier Rochat SA" in text
    assert "Keller Holzbau" not in text
    assert "bruno" not in text
    (claire,) = [entry for entry in page.context["entries"] if entry.person == cast.claire]
    assert [right["changeable"] for right in claire.rights] == [False]


def test_the_contract_manager_sees_both_and_narrows_to_one(cast, sign_in):
    client = sign_in(cast.reto)
    everybody = {entry.person for entry in client.get(PEOPLE).context["entries"]}
    assert {cast.claire, cast.bruno} <= everybody
    page = client.get(PEOPLE, {"company": str(cast.keller.pk)})
    assert {entry.person for entry in page.context["entries"]} == {cast.bruno, cast.fiona}
    assert "Atelier Rochat SA" not in body(page).split("People with access")[2].split("</table>")[0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "hug"}, {"hugo"}),
        ({"q": "FELIX dubois"}, {"felix"}),
        ({"q": "rochat.example"}, {"claire", "hugo", "sonia", "felix"}),
        ({"preset": "finance"}, {"felix"}),
        ({"q": "hugo", "preset": "finance"}, set()),
        ({"q": "bruno"}, set()),
    ],
)
def test_search_and_filter(cast, sign_in, query, expected):
    page = sign_in(cast.claire).get(PEOPLE, query)
    assert {entry.person for entry in page.context["entries"]} == {getattr(cast, key) for key in expected}


def test_a_foreign_company_in_the_filter_gives_nothing_away(cast, sign_in):
    client = sign_in(cast.claire)
    foreign = client.get(PEOPLE, {"company": str(cast.keller.pk)})
    unknown = client.get(PEOPLE, {"company": str(uuid.uuid4())})
    assert "bruno" not in body(foreign)
    assert [entry.person for entry in foreign.context["entries"]] == [
        entry.person for entry in unknown.context["entries"]
    ]


def test_an_administrator_without_the_right_reads_and_asks(cast, sign_in):
    zoe = make_user("Zita", "Meier", email="zita@rochat.example")
    grants.grant(cast.rochat, to=zoe, preset="administrator", by=cast.reto)
    client = sign_in(zoe)
    page = client.get(PEOPLE)
    assert page.status_code == 200
    assert "Reto Tschanz can give it to you." in body(page)
    assert not any(right["removable"] for entry in page.context["entries"] for right in entry.rights)
    assert reverse("users:invite") not in body(page)
    client.post("/users/requests/", {"action": "users.manage", "next": PEOPLE})
    asked = AccessRequest.unrestricted.get()
    assert (asked.user, asked.action) == (zoe, "users.manage")
    assert "You have asked for it" in body(client.get(PEOPLE))


@pytest.mark.parametrize("who", ["hugo", "felix", "nadia"])
def test_without_the_right_the_page_says_who_can_give_it(cast, sign_in, who):
    page = sign_in(getattr(cast, who)).get(PEOPLE)
    assert page.status_code == 403
    assert "Claire Monnier can give you this access." in body(page)
    assert cast.fiona.email not in body(page)


def test_without_any_company_there_is_nothing_to_ask(cast, sign_in):
    page = sign_in(cast.zoe).get(PEOPLE)
    assert page.status_code == 403
    assert "/users/requests/" not in body(page)


def test_the_number_of_queries_does_not_grow(cast, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.claire)
    for number in range(5):
        grants.grant(cast.rochat, to=make_user(email=f"p{number}@x.example"), preset="hr", by=cast.reto)
        services.invite(cast.rochat, preset="hr", by=cast.claire, **{**FORM, "email": f"i{number}@x.example"})
    client.get(PEOPLE)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get(PEOPLE)
    for number in range(5, 20):
        person = make_user(email=f"p{number}@x.example")
        grants.grant(cast.rochat, to=person, preset="hr", by=cast.reto)
        grants.grant(cast.morges, to=person, preset="hr_site", by=cast.reto)
        services.invite(
            cast.morges, preset="hr_site", by=cast.claire, **{**FORM, "email": f"i{number}@x.example"}
        )
    with CaptureQueriesContext(connection) as many:
        client.get(PEOPLE)
    assert len(many) <= len(few) + 2, [query["sql"][:150] for query in many]


# --- Inviting -----------------------------------------------------------------------------------------


def test_inviting_from_one_page(cast, sign_in, run_jobs, mailoutbox):
    client = sign_in(cast.claire)
    page = client.get("/users/invite/")
    assert page.status_code == 200
    assert "Keller" not in body(page)
    assert 'name="manage"' not in body(page)
    answer = client.post(
        "/users/invite/",
        {**FORM, "where": f"company:{cast.rochat.pk}", "preset": "finance", "until": "31.12.2099"},
    )
    assert answer["Location"] == PEOPLE
    invitation = Invitation.unrestricted.get()
    assert (invitation.preset, invitation.until.year, invitation.invited_by) == ("finance", 2099, cast.claire)
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [["sara@rochat.example"]]
    assert "sara@rochat.example" in body(client.get(PEOPLE))


def test_a_foreign_place_is_no_choice(cast, sign_in):
    client = sign_in(cast.claire)
    for where in (
        f"company:{cast.keller.pk}",
        f"company:{uuid.uuid4()}",
        "company:x",
        "person:1",
        f"site:{cast.winterthur.pk}",
    ):
        answer = client.post("/users/invite/", {**FORM, "where": where, "preset": "finance"})
        assert answer.status_code == 422, where
    assert not Invitation.unrestricted.exists()


def test_a_single_claim_file_or_site_can_be_the_place(cast, sign_in):
    client = sign_in(cast.claire)
    client.post("/users/invite/", {**FORM, "where": f"site:{cast.morges.pk}", "preset": "hr_site"})
    assert Invitation.unrestricted.get().scope == cast.morges
    wrong = client.post(
        "/users/invite/", {**FORM, "where": f"site:{cast.morges.pk}", "preset": "administrator"}
    )
    assert wrong.status_code == 422


def test_only_the_contract_manager_may_tick_user_management(cast, sign_in):
    ticked = {**FORM, "where": f"company:{cast.rochat.pk}", "preset": "administrator", "manage": "on"}
    client = sign_in(cast.claire)
    client.post("/users/invite/", ticked)
    assert Invitation.unrestricted.get().extra_actions == []
    manager = sign_in(cast.reto, Client())
    assert 'name="manage"' in manager.get("/users/invite/").content.decode()
    manager.post("/users/invite/", {**ticked, "email": "other@rochat.example"})
    invitation = Invitation.unrestricted.get(email="other@rochat.example")
    assert invitation.extra_actions == []
    # The superuser is the second one: he finds the request on his page and confirms it with one click.
    second = sign_in(cast.sacha, Client())
    asked = ManagementRequest.unrestricted.get(invitation=invitation)
    assert f"/users/management-requests/{asked.pk}/answer/" in second.get(PEOPLE).content.decode()
    second.post(f"/users/management-requests/{asked.pk}/answer/", {"answer": "confirm"})
    invitation.refresh_from_db()
    assert invitation.extra_actions == ["users.manage"]


def test_mistakes_stand_beside_their_fields(cast, sign_in):
    answer = sign_in(cast.claire).post(
        "/users/invite/",
        {**FORM, "email": cast.felix.email, "where": f"company:{cast.rochat.pk}", "preset": "finance"},
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors["email"]
    assert 'id="error-summary"' in body(answer)


def test_the_preview_speaks_plainly(cast, sign_in):
    client = sign_in(cast.claire)
    answer = client.post(
        "/users/invite/preview/",
        {
            "first_name": "Sara",
            "language": "en",
            "where": f"company:{cast.rochat.pk}",
            "preset": "hr",
            "right-invoice.view": "yes",
        },
    )
    assert (
        "Sara can report cases, transfer documents, follow claim files and edit employees, "
        "and also see premium invoices (Atelier Rochat SA)." in body(answer)
    )


@pytest.mark.parametrize("who", ["hugo", "nadia", "sacha", "zoe", "pauline"])
def test_others_do_not_get_the_page(cast, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get("/users/invite/").status_code == 403
    assert client.post("/users/invite/preview/").status_code == 403


def test_sending_again_and_withdrawing(cast, sign_in, run_jobs, mailoutbox):
    invitation = services.invite(cast.rochat, preset="hr", by=cast.claire, **FORM)
    client = sign_in(cast.claire)
    client.post(f"/users/invitations/{invitation.pk}/resend/")
    run_jobs()
    assert len(mailoutbox) == 2
    assert client.get(f"/users/invitations/{invitation.pk}/withdraw/").status_code == 200
    client.post(f"/users/invitations/{invitation.pk}/withdraw/")
    assert "sara@rochat.example" not in body(client.get(PEOPLE))
    assert client.post(f"/users/invitations/{invitation.pk}/withdraw/").status_code == 409
    stranger = sign_in(cast.bruno, Client())
    for act in ("resend", "withdraw"):
        assert stranger.post(f"/users/invitations/{invitation.pk}/{act}/").status_code == 404


# --- Changing and taking away ----------------------------------------------------------------------------


def test_one_s_own_access_is_changed_by_others(cast, sign_in):
    assert sign_in(cast.claire).get(f"/users/access/{row_of(cast.claire).uuid}/").status_code == 403


@pytest.mark.parametrize("page", ["/users/access/{}/", "/users/access/{}/remove/"])
def test_access_out_of_reach_looks_like_none(cast, sign_in, page):
    client = sign_in(cast.claire)
    foreign = client.get(page.format(row_of(cast.bruno).uuid))
    none = client.get(page.format(uuid.uuid4()))
    assert foreign.status_code == none.status_code == 404
    assert sign_in(cast.hugo, Client()).get(page.format(row_of(cast.felix).uuid)).status_code == 404


def test_removing_asks_first_then_acts_at_once(cast, sign_in):
    elsewhere = sign_in(cast.felix, Client())
    assert elsewhere.get("/account/profile/").status_code == 200
    address = f"/users/access/{row_of(cast.felix).uuid}/remove/"
    client = sign_in(cast.claire)
    assert "Félix" in body(client.get(address))
    assert grants.grants_of(cast.felix)
    client.post(address)
    assert not grants.grants_of(cast.felix)
    assert elsewhere.get("/account/profile/")["Location"].startswith("/account/login/")
    assert client.post(address).status_code == 404


def test_the_last_administrator_gets_a_sentence(cast, sign_in):
    answer = sign_in(cast.claire).post(f"/users/access/{row_of(cast.claire).uuid}/remove/")
    assert answer.status_code == 409
    assert "last administrator" in body(answer)


def test_closing_an_account(cast, sign_in):
    client = sign_in(cast.claire)
    assert client.get(f"/users/people/{cast.hugo.pk}/deactivate/").status_code == 200
    client.post(f"/users/people/{cast.hugo.pk}/deactivate/")
    assert not User.objects.get(pk=cast.hugo.pk).is_active
    assert client.post(f"/users/people/{cast.bruno.pk}/deactivate/").status_code == 404
    assert client.post(f"/users/people/{cast.fiona.pk}/deactivate/").status_code == 409


# --- Asking and answering --------------------------------------------------------------------------------


def test_asking_and_approving_with_one_click_each(cast, sign_in):
    asking = sign_in(cast.hugo, Client())
    answer = asking.post("/users/requests/", {"action": "invoice.view", "next": "/invoices/"})
    assert answer["Location"] == "/"
    asked = AccessRequest.unrestricted.get()
    client = sign_in(cast.claire)
    page = client.get(PEOPLE)
    assert "asks to see premium invoices at Atelier Rochat SA" in body(page)
    assert "and also see premium invoices" in body(page)
    client.post(f"/users/requests/{asked.pk}/answer/", {"answer": "approve"})
    assert can(cast.hugo, "invoice.view", cast.rochat)
    assert client.post(f"/users/requests/{asked.pk}/answer/", {"answer": "approve"}).status_code == 409


def test_declining(cast, sign_in):
    asked = services.request_access(cast.hugo, cast.rochat, "invoice.view")
    sign_in(cast.claire).post(f"/users/requests/{asked.pk}/answer/", {"answer": "decline"})
    assert not can(cast.hugo, "invoice.view", cast.rochat)


def test_with_several_companies_one_chooses(cast, sign_in):
    client = sign_in(cast.fiona)
    page = client.post("/users/requests/", {"action": "audit.view"})
    assert page.status_code == 200
    assert not AccessRequest.unrestricted.exists()
    client.post("/users/requests/", {"action": "audit.view", "scope": str(cast.keller.pk)})
    assert AccessRequest.unrestricted.get().company == cast.keller


@pytest.mark.parametrize(
    "data",
    [
        {"action": "document.read_medical"},
        {"action": "nonsense"},
        {},
        {"action": "invoice.view", "scope": "x"},
    ],
)
def test_nonsense_is_not_found(cast, sign_in, data):
    assert sign_in(cast.hugo).post("/users/requests/", data).status_code == 404


def test_a_foreign_company_cannot_be_asked(cast, sign_in):
    client = sign_in(cast.hugo)
    for scope in (
        cast.keller.pk,
        uuid.uuid4(),
        make_company("Elsewhere AG", contract_manager=cast.reto, health_manager=cast.pauline).pk,
    ):
        answer = client.post("/users/requests/", {"action": "invoice.view", "scope": str(scope)})
        assert answer.status_code == 404
    assert not AccessRequest.unrestricted.exists()


def test_after_asking_one_lands_on_a_page_of_ours(cast, sign_in):
    client = sign_in(cast.hugo)
    for target in ("//evil.example", "https://evil.example/", "/finance/"):
        assert client.post("/users/requests/", {"action": "invoice.view", "next": target})["Location"] == "/"


# --- The own account -------------------------------------------------------------------------------------


def test_the_profile_says_what_one_may_see_and_whom_to_ask(cast, sign_in):
    text = body(sign_in(cast.hugo).get("/account/profile/"))
    assert cast.hugo.identifier in text
    assert "Hugo can report cases" in text
    assert "Reto Tschanz" in text
    assert "Pauline Berset" in text
    assert "Claire" not in text


def test_employees_see_a_reduced_form(cast, sign_in):
    text = body(sign_in(cast.nadia).get("/account/profile/"))
    assert "Nadia can report own cases" in text
    assert "User management" not in text


@pytest.mark.parametrize(
    ("who", "areas"),
    [
        ("hugo", {"/finance/premium-invoices/", "/users/", "/activity/"}),
        ("sonia", {"/finance/premium-invoices/", "/users/", "/activity/"}),
        (
            "felix",
            {"/declarations/new/", "/claims/", "/documents/", "/employees/", "/users/", "/activity/"}
            | {"/absences/", "/statements/"},
        ),
        ("nadia", set()),
        ("pauline", set()),
        ("zoe", set()),
    ],
)
def test_what_one_may_not_see_is_found_and_can_be_asked_for(cast, sign_in, who, areas):
    client = sign_in(getattr(cast, who))
    text = client.get("/account/profile/").content.decode()
    listed = text.partition('id="further"')[2].partition("</section>")[0]
    assert set(re.findall(r'<a href="(/[^"]*)"', listed)) - {"/areas/"} == areas
    # From every page, in the menu.
    assert ('href="/areas/"' in client.get("/").content.decode()) == bool(areas)
    for path in areas:
        page = client.get(path)
        assert page.status_code == 403
        assert "/users/requests/" in page.content.decode()
    assert ('href="/users/"' in text) == (who not in {"nadia", "pauline", "zoe"})


def test_who_has_no_right_is_told_so(cast, sign_in):
    assert "Your account has no rights at present" in body(sign_in(cast.zoe).get("/account/profile/"))


def test_language_and_appearance_are_kept(cast, sign_in, lines):
    client = sign_in(cast.hugo)
    answer = client.post("/account/preferences/", {"language": "de", "theme": "dark"})
    assert answer["Location"] == "/account/preferences/"
    page = client.get("/account/preferences/").content.decode()
    assert '<html lang="de-CH" data-theme="dark">' in page
    assert client.post("/account/preferences/", {"language": "xx", "theme": "dark"}).status_code == 422
    assert User.objects.get(pk=cast.hugo.pk).language == "de"
    assert len(lines("user.preferences_set")) == 1


def test_the_phone_number_asks_for_a_fresh_code(client, cast, enrolled, sign_in, lines):
    from users.second_factor import code_now

    sign_in(enrolled(cast.hugo))
    asked = client.get("/account/phone/")["Location"]
    assert asked.startswith("/account/2fa/reauthenticate/")
    assert client.post("/account/phone/", {"phone": "079 123 45 67"})["Location"].startswith("/account/2fa/")
    client.post(asked, {"code": code_now(cast.hugo)})
    client.post("/account/phone/", {"phone": "079 123 45 67"})
    assert User.objects.get(pk=cast.hugo.pk).phone == "+41791234567"
    assert len(lines("user.phone_changed")) == 1


def test_sign_in_and_account_says_what_is_active(client, cast, enrolled, sign_in):
    page = sign_in(enrolled(cast.hugo)).get("/account/sign-in/")
    assert "Authenticator app" in body(page)
    assert "10 codes left" in body(page)


@pytest.mark.parametrize(
    "path",
    [
        "/users/",
        "/users/invite/",
        "/account/profile/",
        "/account/sign-in/",
        "/account/preferences/",
        "/account/phone/",
        "/account/sessions/",
        "/account/password/change/",
    ],
)
def test_nobody_gets_in_without_signing_in(client, db, path):
    assert client.get(path)["Location"].startswith("/account/login/")


def test_a_refusal_names_who_can_help_and_offers_the_request(cast, sign_in):
    client = sign_in(cast.hugo)
    page = client.get("/users/invite/")
    assert page.status_code == 403
    assert "Reto Tschanz can give you this access." in body(page)
    assert f'name="scope" value="{cast.rochat.pk}"' in body(page)
    client.post("/users/requests/", {"action": "users.manage", "scope": str(cast.rochat.pk)})
    assert "You have asked for it" in body(client.get("/users/invite/"))


@pytest.mark.parametrize(
    ("path", "action"),
    [("/documents/", "document.read_administrative"), ("/declarations/", "declaration.edit")],
)
def test_a_whole_section_can_be_asked_for(cast, sign_in, path, action):
    page = sign_in(cast.felix).get(path)
    assert page.status_code == 403
    assert f'name="action" value="{action}"' in body(page)
    assert "Claire Monnier can give you this access." in body(page)


def test_the_insurers_people_are_not_sent_to_a_customer(cast, sign_in):
    page = sign_in(cast.pauline).get("/users/invite/")
    assert page.status_code == 403
    assert "/users/requests/" not in body(page)
