"""Leaving: what goes, what stays, who decides, and that nothing opens afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.translation import gettext
from procrastinate.contrib.django.models import ProcrastinateJob

from companies.models import InsuredPerson
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from declarations import services as declarations
from declarations.models import Declaration
from documents.models import Document, Folder
from permissions.ledger import CompanyGrant
from permissions.trail import AuditLine
from tests.factories import make_manager
from tests.factories_claims import open_claim
from tests.factories_documents import make_document
from tests.users.acts import give_password, have_proven, sign_in_fully
from tests.users.test_terms import TEXTS
from users import services, tasks
from users.models import Acceptance, Farewell, Invitation, PersonalChoice, User
from users.second_factor import code_now
from users.services.leaving import own_relations


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"


@pytest.fixture
def accepted(cast):
    """Everybody of the cast accepted the terms just now."""
    version = services.publish_terms("portal_terms", TEXTS)
    for user in User.objects.all():
        services.accept_terms(user, [version.pk], language="fr")
    return version


def refusal(act):
    with pytest.raises(NotNow) as caught:
        act()
    return caught.value.code


# --- Withdrawal -------------------------------------------------------------------------------------


def test_withdrawal_empties_the_account_at_once(client, cast, accepted, enrolled, lines):
    identifier = cast.nadia.identifier
    sign_in_fully(client, enrolled(cast.nadia))
    page = client.get("/account/withdraw/")
    assert page["Location"].startswith("/account/2fa/reauthenticate/")
    client.post(page["Location"], {"code": code_now(cast.nadia)})
    page = client.get("/account/withdraw/")
    assert identifier in page.content.decode()
    wrong = client.post("/account/withdraw/", {"confirmation": "yes"})
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"confirmation"})
    assert User.objects.filter(pk=cast.nadia.pk, erased=None).exists()
    typed = f" {identifier[:4]} {identifier[4:].lower()} "
    left = client.post("/account/withdraw/", {"confirmation": typed})
    assert left.status_code == 200
    assert client.get("/account/profile/")["Location"].startswith("/account/login/")
    assert "Location" not in give_password(Client(), "nadia@rochat.example")
    user = User.objects.get(pk=cast.nadia.pk)
    assert (user.is_active, user.has_usable_password(), user.first_name, user.phone) == (False, False, "", "")
    assert "nadia" not in f"{user.email}{user.identifier}{user.sort_key}".lower()
    assert user.name
    (line,) = lines("user.erased")
    assert (line.actor, line.target, line.facts) == (user.pk, user.pk, {"way": "withdrawal"})
    # The address is free again.
    assert not EmailAddress.objects.filter(email="nadia@rochat.example").exists()


def test_business_records_stay_and_what_is_personal_goes(cast, accepted):
    person, nadia = cast.persons.nadia, cast.nadia
    claim = open_claim(cast, person=person)
    paper = make_document(Folder.unrestricted.get(claim_file=claim), nadia, "medical")
    Document.unrestricted.filter(pk=paper.pk).update(title="my knee")
    draft = declarations.start(person, "illness", by=nadia)
    sent_by_hr = declarations.start(person, "illness", by=cast.hugo)
    Notification.objects.create(user=nadia, event="claim.taken_over")
    services.set_choices(nadia, news_by_email="yes", delivery="post")
    asked = services.request_correction(nadia, cast.rochat, "address", "Rue du Lac 9")
    before = AuditLine.unrestricted.filter(actor=nadia.pk).count()
    services.withdraw(nadia, nadia.identifier)
    person.refresh_from_db()
    assert (person.user_id, person.last_name) == (None, "Keller")
    claim.refresh_from_db()
    paper.refresh_from_db()
    assert (paper.title, paper.uploaded_by_id) == ("", nadia.pk)
    assert not Declaration.unrestricted.filter(pk=draft.pk).exists()
    assert Declaration.unrestricted.filter(pk=sent_by_hr.pk).exists()
    asked.refresh_from_db()
    assert (asked.state, asked.wanted, asked.number[:2]) == ("closed", "", "K-")
    assert not PersonalChoice.objects.exists()
    assert Acceptance.objects.filter(user=nadia).count() == 1
    assert AuditLine.unrestricted.filter(actor=nadia.pk).count() > before
    assert "Nadia" not in str(list(AuditLine.unrestricted.filter(actor=nadia.pk).values_list("facts")))


def test_whatever_hangs_on_an_account_by_cascade_is_gone(cast, accepted, enrolled, client):
    sign_in_fully(client, enrolled(cast.hugo))
    services.ask_email_change(cast.hugo, "new@elsewhere.example")
    services.request_access(cast.hugo, cast.rochat, "invoice.view")
    assert {relation.related_model for relation in own_relations()} >= {
        CompanyGrant,
        Notification,
        PersonalChoice,
    }
    with CaptureQueriesContext(connection) as queries:
        services.withdraw(cast.hugo, cast.hugo.identifier)
    locks = [each["sql"] for each in queries if 'FROM "users_user"' in each["sql"] and " FOR " in each["sql"]]
    # Its key stays: whoever writes a row that names the account never waits for its end.
    assert "FOR NO KEY UPDATE" in locks[0]
    for relation in own_relations():
        rows = relation.related_model._base_manager.filter(**{relation.field.name: cast.hugo.pk})
        assert not rows.exists(), relation


def test_every_relation_of_an_account_was_thought_of():
    """A new one: CASCADE for somebody's own, PROTECT or SET_NULL for what stays and names a former user."""
    ways = {
        relation.on_delete
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
    }
    assert ways <= {models.CASCADE, models.PROTECT, models.SET_NULL}


def test_what_was_mailed_dies(client, cast, accepted, link_in):
    services.send_password_link([cast.hugo.pk])
    reset = link_in(cast.hugo.email)
    make_manager(cast, cast.hugo)
    services.invite(
        cast.rochat, email="new@rochat.example", first_name="N", last_name="N", preset="hr", by=cast.hugo
    )
    invitation = link_in("new@rochat.example")
    services.withdraw(cast.hugo, cast.hugo.identifier)
    assert Client().get(reset, follow=True).context["token_fail"]
    assert Client().get(invitation).context["case"] == "lapsed"


def test_the_own_invitation_keeps_no_name(cast, accepted):
    invitation = services.invite(
        cast.rochat,
        email="ines@rochat.example",
        first_name="Ines",
        last_name="Blanc",
        preset="hr",
        by=cast.claire,
    )
    Invitation.unrestricted.filter(pk=invitation.pk).update(accepted=timezone.now(), accepted_by=cast.hugo)
    services.withdraw(cast.hugo, cast.hugo.identifier)
    invitation.refresh_from_db()
    assert "ines" not in f"{invitation.email}{invitation.name}".lower()


def test_who_cannot_withdraw_is_told_the_way_out(client, cast, accepted, enrolled):
    assert refusal(lambda: services.withdraw(cast.claire, cast.claire.identifier)) == "last_administrator"
    assert refusal(lambda: services.withdraw(cast.reto, cast.reto.identifier)) == "staff"
    assert User.objects.filter(erased=None).count() == User.objects.count()
    sign_in_fully(client, enrolled(cast.claire))
    asked = client.get("/account/withdraw/")["Location"]
    client.post(asked, {"code": code_now(cast.claire)})
    page = client.get("/account/withdraw/")
    assert page.context["refusal"]
    assert cast.reto.name in page.content.decode()
    assert client.post("/account/withdraw/", {"confirmation": cast.claire.identifier}).status_code == 409
    make_manager(cast, cast.zoe)
    services.withdraw(cast.claire, cast.claire.identifier)
    assert User.objects.get(pk=cast.claire.pk).erased


def test_after_fourteen_days_the_service_deletes(client, cast, accepted, sign_in, lines):
    Acceptance.objects.update(created=timezone.now() - timedelta(days=14, seconds=1))
    assert refusal(lambda: services.withdraw(cast.hugo, cast.hugo.identifier)) == "too_late"
    browser = sign_in(cast.hugo)
    assert "/account/deletion/" in browser.get("/account/terms/").content.decode()
    # Opening the page that asks does nothing yet.
    assert cast.hugo.identifier in browser.get("/account/deletion/").content.decode()
    assert not lines("correction.requested")
    for _click in range(2):
        assert browser.post("/account/deletion/")["Location"] == "/account/terms/"
    (line,) = lines("correction.requested")
    assert line.facts["subject"] == "deletion"


def test_without_terms_there_is_nothing_to_withdraw_from(cast):
    assert refusal(lambda: services.withdraw(cast.hugo, cast.hugo.identifier)) == "too_late"


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_withdraw_at_once_one_stays(cast, accepted):
    make_manager(cast, cast.zoe)

    def leave(user):
        try:
            services.withdraw(user, user.identifier)
        except NotNow:
            return "stays"
        finally:
            connection.close()
        return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, [cast.claire, cast.zoe])) == ["left", "stays"]


@pytest.mark.django_db(transaction=True)
def test_the_page_asks_for_the_last_administrator_before_the_act(client, cast, accepted, enrolled):
    sign_in_fully(client, enrolled(cast.claire))
    have_proven(client, cast.claire, "withdrawal")
    assert client.get("/account/withdraw/").context["refusal"]
    assert client.get("/api/v1/me/withdrawal/").json()["possible"] is False


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_withdrawal_leaves_once(cast, accepted, lines):
    def leave(_number):
        try:
            services.withdraw(cast.hugo, cast.hugo.identifier)
        except (NotNow, ValidationError):
            return "refused"
        finally:
            connection.close()
        return "left"

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(leave, range(5))) == ["left"] + ["refused"] * 4
    assert len(lines("user.erased")) == 1


def test_the_api_of_withdrawal(client, cast, accepted, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    found = client.get("/api/v1/me/withdrawal/").json()
    assert found["possible"] is True
    body = {"confirmation": cast.hugo.identifier}

    def post(data):
        return client.post("/api/v1/me/withdrawal/", data, content_type="application/json")

    refused = post(body)
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_proof_required")
    client.post(refused.json()["page"], {"code": code_now(cast.hugo)})
    assert post({"confirmation": "yes"}).status_code == 400
    assert post(body).status_code == 204
    assert client.get("/api/v1/me/").status_code == 403


# --- The last mail ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
@pytest.mark.parametrize("way", ["withdrawal", "insurer"])
def test_a_last_mail_confirms_it_and_nobody_knows_the_address_any_more(
    cast, accepted, run_jobs, mailoutbox, lines, language, way
):
    email, name = cast.nadia.email, cast.nadia.last_name
    User.objects.filter(pk=cast.nadia.pk).update(language=language)
    run_jobs()
    mailoutbox.clear()
    if way == "withdrawal":
        services.withdraw(cast.nadia, cast.nadia.identifier)
    else:
        services.deactivate(cast.nadia.pk, by=cast.reto)
        services.delete_account(cast.nadia.pk, by=cast.sacha)
    (farewell,) = Farewell.objects.all()
    waiting = list(ProcrastinateJob.objects.filter(status="todo").values_list("task_name", "args"))
    assert ("users.send_farewell", {"farewell_id": str(farewell.pk)}) in waiting
    assert email not in str(waiting)
    assert email not in str([line.facts for line in lines("user.erased")])
    run_jobs()
    (mail,) = mailoutbox
    assert mail.to == [email]
    with translation.override(language):
        assert mail.subject == gettext("Your account was deleted")
        assert (gettext("You have withdrawn from the terms.") in mail.body) == (way == "withdrawal")
    whole = f"{mail.subject}{mail.body}{mail.alternatives}"
    assert name not in whole
    assert email not in whole
    assert not Farewell.objects.exists()
    # The job runs twice: nothing more is sent.
    tasks.send_farewell(str(farewell.pk))
    assert len(mailoutbox) == 1


def test_an_address_whose_last_mail_cannot_be_sent_is_forgotten_after_a_day(cast, monkeypatch):
    services.deactivate(cast.hugo.pk, by=cast.claire)
    services.delete_account(cast.hugo.pk, by=cast.reto)

    def fail(*_args):
        raise ConnectionError

    monkeypatch.setattr("core.mail.send", fail)
    with pytest.raises(ConnectionError):
        tasks.send_farewell(str(Farewell.objects.get().pk))
    tasks.sweep(0)
    assert Farewell.objects.exists()
    Farewell.objects.update(created=timezone.now() - timedelta(days=1, seconds=1))
    tasks.sweep(0)
    assert not Farewell.objects.exists()


# --- What one added ---------------------------------------------------------------------------------


def test_own_additions_go_and_the_account_stays(cast, client, enrolled, lines):
    nadia, person = cast.nadia, cast.persons.nadia
    claim = open_claim(cast, person=person)
    paper = make_document(Folder.unrestricted.get(claim_file=claim), nadia, "medical")
    Document.unrestricted.filter(pk=paper.pk).update(title="my knee")
    others = make_document(Folder.unrestricted.get(claim_file=claim), cast.hugo, "administrative")
    Document.unrestricted.filter(pk=others.pk).update(title="theirs")
    draft = declarations.start(person, "illness", by=nadia)
    services.set_choices(nadia, news_by_email="yes")
    services.set_news(nadia, ["claims"])
    Notification.objects.create(user=nadia, event="claim.taken_over")
    Notification.objects.create(user=cast.hugo, event="claim.taken_over")
    sign_in_fully(client, enrolled(nadia))
    asked = client.get("/account/additions/")["Location"]
    client.post(asked, {"code": code_now(nadia)})
    assert client.get("/account/additions/").status_code == 200
    assert Declaration.unrestricted.filter(pk=draft.pk).exists()
    assert client.post("/account/additions/")["Location"] == "/account/terms/"
    assert client.get("/account/terms/").status_code == 200
    assert not Declaration.unrestricted.filter(pk=draft.pk).exists()
    assert Document.unrestricted.get(pk=paper.pk).title == ""
    assert Document.unrestricted.get(pk=others.pk).title == "theirs"
    assert services.choices_of(nadia)["news_by_email"]["value"] == "no"
    assert User.objects.get(pk=nadia.pk).unmailed == []
    assert not Notification.objects.filter(user=nadia).exists()
    assert Notification.objects.filter(user=cast.hugo).exists()
    assert len(lines("user.additions_cleared")) == 1
    assert InsuredPerson.unrestricted.get(pk=person.pk).user_id == nadia.pk


# --- The insurer ------------------------------------------------------------------------------------


def test_the_contract_manager_closes_and_deletes_an_employees_account(client, cast, sign_in):
    browser = sign_in(cast.reto)
    assert (
        f"/users/people/{cast.nadia.pk}/deactivate/"
        in browser.get(f"/employees/{cast.persons.nadia.pk}/").content.decode()
    )
    assert browser.post(f"/users/people/{cast.nadia.pk}/delete/").status_code == 409
    assert browser.post(f"/users/people/{cast.nadia.pk}/deactivate/").status_code == 302
    assert not User.objects.get(pk=cast.nadia.pk).is_active
    assert browser.get(f"/users/people/{cast.nadia.pk}/delete/").status_code == 200
    assert not User.objects.get(pk=cast.nadia.pk).erased
    assert browser.post(f"/users/people/{cast.nadia.pk}/delete/").status_code == 302
    assert User.objects.get(pk=cast.nadia.pk).erased
    assert browser.post(f"/users/people/{cast.nadia.pk}/delete/").status_code == 404
    assert InsuredPerson.unrestricted.get(pk=cast.persons.nadia.pk).user is None


def test_who_may_not_delete_an_account(cast):
    services.deactivate(cast.hugo.pk, by=cast.claire)
    for by, refused in (
        (cast.claire, NotAllowed),
        (cast.bruno, OutOfReach),
        (cast.felix, OutOfReach),
        (cast.pauline, OutOfReach),
        (cast.zoe, OutOfReach),
    ):
        with pytest.raises(refused):
            services.delete_account(cast.hugo.pk, by=by)
    with pytest.raises(OutOfReach):
        services.delete_account(cast.pauline.pk, by=cast.sacha)
    with pytest.raises(OutOfReach):
        services.delete_account(cast.zoe.pk, by=cast.reto)
    assert not User.objects.exclude(erased=None).exists()
    services.delete_account(cast.hugo.pk, by=cast.sacha)
    assert User.objects.get(pk=cast.hugo.pk).erased


def test_whoever_manages_the_settings_finds_and_deletes_closed_accounts(cast, sign_in):
    """Of employees, of people with access and of those who have nothing left; never open ones, never the insurer's."""
    for user, by in ((cast.nadia, cast.reto), (cast.hugo, cast.claire)):
        services.deactivate(user.pk, by=by)
    User.objects.filter(pk__in=[cast.zoe.pk, cast.pauline.pk]).update(
        is_active=False, deactivated_at=timezone.now()
    )
    browser = sign_in(cast.sacha, on=Client())

    def listed(query=""):
        return {person.pk for person in browser.get(f"/users/{query}").context["closed"]}

    assert listed() == {cast.nadia.pk, cast.hugo.pk, cast.zoe.pk}
    assert listed(f"?q={cast.hugo.email}") == {cast.hugo.pk}
    page = f"/users/people/{cast.nadia.pk}/delete/"
    assert page in browser.get("/users/").content.decode()
    assert browser.get(page).status_code == 200
    for user in (cast.nadia, cast.zoe):
        assert browser.post(f"/users/people/{user.pk}/delete/").status_code == 302
        assert User.objects.get(pk=user.pk).erased
    assert listed() == {cast.hugo.pk}
    for user in (cast.pauline, cast.felix):
        assert browser.post(f"/users/people/{user.pk}/delete/").status_code in {404, 409}
        assert not User.objects.get(pk=user.pk).erased
    for other in (cast.reto, cast.claire):
        assert list(sign_in(other, on=Client()).get("/users/").context["closed"]) == []


def test_only_a_closed_account_is_deleted(cast, client, sign_in):
    assert refusal(lambda: services.delete_account(cast.hugo.pk, by=cast.reto)) == "still_open"
    answer = sign_in(cast.reto).delete(f"/api/v1/users/{cast.hugo.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "still_open")


def test_nobody_closes_an_employees_account_but_the_contract_manager(cast):
    for by in (cast.claire, cast.hugo, cast.bruno):
        with pytest.raises(OutOfReach):
            services.deactivate(cast.nadia.pk, by=by)
    services.deactivate(cast.nadia.pk, by=cast.reto)


def test_a_former_user_is_named_so_in_the_log(client, cast, sign_in):
    services.request_access(cast.hugo, cast.rochat, "invoice.view")
    services.deactivate(cast.hugo.pk, by=cast.claire)
    services.delete_account(cast.hugo.pk, by=cast.reto)
    page = sign_in(cast.claire).get("/activity/").content.decode()
    assert "Favre" not in page
    assert User.objects.get(pk=cast.hugo.pk).name in page


def test_the_database_keeps_an_erased_account_closed(cast):
    services.deactivate(cast.hugo.pk, by=cast.claire)
    services.delete_account(cast.hugo.pk, by=cast.reto)
    with pytest.raises(Exception, match="user_erased_is_closed"), transaction.atomic():
        User.objects.filter(pk=cast.hugo.pk).update(is_active=True)
