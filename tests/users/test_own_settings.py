"""News by mail, consents, delivery, and requests for corrections."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from correspondence.notices import NEWS, WORDS
from correspondence.tasks import send_news
from users import services
from users.models import CorrectionRequest, PersonalChoice, User

PAGE = "/account/news/"
API = "/api/v1"


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"


# --- News -------------------------------------------------------------------------------------------


def test_every_event_is_of_a_kind_that_can_be_chosen():
    assert {NEWS[event.split(".")[0]] for event in WORDS} == set(User.News.values)


def told(user, event):
    return Notification.objects.create(user=user, event=event)


def test_what_nobody_wants_by_mail_is_in_the_portal_only(cast, mailoutbox, client, sign_in):
    Notification.objects.all().delete()
    services.set_news(cast.hugo, ["claims", "invoices"])
    told(cast.hugo, "document.received")
    send_news(user_ids=[str(cast.hugo.pk)])
    assert mailoutbox == []
    assert len(sign_in(cast.hugo).get("/api/v1/notifications/").json()["results"]) == 1
    claim = told(cast.hugo, "claim.taken_over")
    send_news(user_ids=[str(cast.hugo.pk)])
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]
    claim.refresh_from_db()
    assert claim.mailed
    services.set_news(cast.hugo, User.News.values)
    told(cast.hugo, "document.received")
    send_news(user_ids=[str(cast.hugo.pk)])
    assert len(mailoutbox) == 2


def test_mails_about_access_are_news_too(cast, run_jobs, mailoutbox):
    services.set_news(cast.claire, ["claims"])
    services.set_news(cast.felix, [])
    asked = services.request_access(cast.felix, cast.rochat, "claim.view")
    run_jobs()
    services.answer_request(asked.pk, approve=True, by=cast.claire)
    run_jobs()
    assert mailoutbox == []


def test_mails_that_protect_always_come(cast, run_jobs, mailoutbox):
    services.set_news(cast.hugo, [])
    services.set_password(cast.hugo, "Neue-Wörter-26")
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.hugo.email]]


# --- The page ---------------------------------------------------------------------------------------


def test_the_page_saves_all_three(client, cast, sign_in, lines):
    browser = sign_in(cast.hugo)
    form = browser.get(PAGE).context["form"]
    assert form.initial == {
        "mailed": User.News.values, "delivery": "digital", "news_by_email": False, "news_by_phone": False,
    }  # fmt: skip
    answer = browser.post(PAGE, {"mailed": ["claims"], "delivery": "post", "news_by_phone": "on"})
    assert answer["Location"] == PAGE
    found = services.choices_of(cast.hugo)
    assert {subject: each["value"] for subject, each in found.items()} == {
        "delivery": "post", "news_by_email": "no", "news_by_phone": "yes",
    }  # fmt: skip
    assert (found["news_by_email"]["since"], found["delivery"]["since"].date()) == (
        None,
        timezone.now().date(),
    )
    assert User.objects.get(pk=cast.hugo.pk).unmailed == ["documents", "invoices", "access"]
    # Saved once more without a change: nothing is recorded.
    browser.post(PAGE, {"mailed": ["claims"], "delivery": "post", "news_by_phone": "on"})
    assert (
        len(lines("user.delivery_chosen"))
        == len(lines("user.consent_changed"))
        == len(lines("user.news_set"))
        == 1
    )
    assert browser.post(PAGE, {"delivery": "pigeon"}).status_code == 422
    assert browser.post(PAGE, {"delivery": "post", "mailed": ["weather"]}).status_code == 422


def test_each_change_of_a_consent_is_kept(cast, lines):
    for value in ("yes", "yes", "no", "yes"):
        services.set_choices(cast.hugo, news_by_email=value)
    rows = PersonalChoice.objects.filter(user=cast.hugo).order_by("created")
    assert [row.value for row in rows] == ["yes", "no", "yes"]
    assert [line.facts["value"] for line in lines("user.consent_changed")] == ["yes", "no", "yes"]
    assert services.choices_of(cast.sonia)["news_by_email"]["value"] == "no"


@pytest.mark.parametrize("values", [{"news_by_email": "post"}, {"delivery": "yes"}, {"weather": "yes"}])
def test_only_known_answers(cast, values):
    with pytest.raises(ValidationError):
        services.set_choices(cast.hugo, **values)


def test_the_api_of_news_consents_and_delivery(client, cast, sign_in):
    browser = sign_in(cast.hugo)

    def send(method, path, body):
        return getattr(browser, method)(f"{API}/me/{path}/", body, content_type="application/json")

    assert browser.get(f"{API}/me/news/").json() == {"mailed": User.News.values}
    assert send("put", "news", {"mailed": ["claims"]}).json() == {"mailed": ["claims"]}
    assert send("put", "news", {"mailed": ["weather"]}).status_code == 400
    assert browser.get(f"{API}/me/consents/").json()["news_by_phone"] == {"given": False, "since": None}
    changed = send("patch", "consents", {"news_by_email": True}).json()
    assert (changed["news_by_email"]["given"], changed["news_by_phone"]["given"]) == (True, False)
    assert browser.get(f"{API}/me/delivery/").json() == {"value": "digital", "since": None}
    assert send("put", "delivery", {"value": "post"}).json()["value"] == "post"
    assert send("put", "delivery", {"value": "pigeon"}).status_code == 400


# --- The profile ------------------------------------------------------------------------------------


def test_legal_identity_is_shown_masked_and_cannot_be_typed(client, cast, sign_in):
    person = cast.persons.nadia
    page = sign_in(cast.nadia).get("/account/profile/").content.decode()
    assert person.ahv_masked in page
    assert person.ahv_number not in page
    assert "17.05.1985" in page
    assert cast.reto.name in page
    assert "/account/correction/?subject=birth_date" in page
    assert "/account/correction/" not in sign_in(cast.reto).get("/account/profile/").content.decode()


# --- Corrections ------------------------------------------------------------------------------------


def test_a_correction_is_asked_and_answered(client, cast, sign_in, run_jobs, mailoutbox, lines):
    browser = sign_in(cast.nadia)
    assert browser.get("/account/correction/?subject=address").context["form"].initial["subject"] == "address"
    empty = browser.post("/account/correction/", {"subject": "address", "wanted": ""})
    assert (empty.status_code, set(empty.context["form"].errors)) == (422, {"wanted"})
    typed = {"subject": "address", "wanted": "Rue du Lac 9, 1003 Lausanne"}
    for _click in range(2):
        assert browser.post("/account/correction/", typed)["Location"] == "/account/profile/"
    asked = CorrectionRequest.unrestricted.get()
    assert asked.number == f"K-{timezone.localdate().year}-00001"
    assert asked.number in browser.get("/account/profile/").content.decode()
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[cast.reto.email]]
    assert "Rue du Lac" not in mailoutbox[0].body + str(lines("correction.requested")[0].facts)
    reto = sign_in(cast.reto)
    assert f"/corrections/{asked.pk}/" in reto.get("/").content.decode()
    assert "Rue du Lac 9" in reto.get(f"/corrections/{asked.pk}/").content.decode()
    (told_reto,) = Notification.objects.filter(user=cast.reto, event="correction.requested")
    assert reto.get(f"/notifications/{told_reto.pk}/")["Location"] == f"/corrections/{asked.pk}/"
    assert reto.post(f"/corrections/{asked.pk}/", {"answer": " "}).status_code == 422
    assert reto.post(f"/corrections/{asked.pk}/", {"answer": "Done."}).status_code == 302
    assert reto.post(f"/corrections/{asked.pk}/", {"answer": "Again."}).status_code == 409
    assert reto.get("/corrections/").status_code == 200
    run_jobs()
    assert mailoutbox[-1].to == [cast.nadia.email]
    browser = sign_in(cast.nadia)
    assert "Done." in browser.get("/account/profile/").content.decode()
    (told_nadia,) = Notification.objects.filter(user=cast.nadia, event="correction.answered")
    assert browser.get(f"/notifications/{told_nadia.pk}/")["Location"] == "/account/profile/"


def test_nobody_else_sees_or_answers_it(client, cast, sign_in):
    asked = services.request_correction(cast.nadia, cast.rochat, "name", "Nadia Rochat")
    for user in (cast.claire, cast.hugo, cast.bruno, cast.pauline, cast.sacha, cast.nadia):
        browser = sign_in(user)
        assert browser.get(f"/corrections/{asked.pk}/").status_code == 404
        assert browser.get("/corrections/").status_code == 403
        with pytest.raises((OutOfReach, NotAllowed)):
            services.answer_correction(asked.pk, "No.", by=user)
    assert "Rochat" not in str(
        [row["event"] for row in sign_in(cast.claire).get(f"{API}/audit-events/").json()["results"]]
    )
    events = sign_in(cast.claire).get(f"{API}/audit-events/").json()["results"]
    assert "correction.requested" not in {row["event"] for row in events}


def test_who_has_nobody_to_ask_is_told_where_to_call(client, cast, sign_in, settings):
    page = sign_in(cast.zoe).get("/account/correction/")
    assert settings.BRAND["hotline"] in page.content.decode()
    assert sign_in(cast.zoe).post("/account/deletion/").status_code == 404
    with pytest.raises(NotNow):
        services.request_correction(cast.reto, cast.rochat, "name", "R")
    with pytest.raises(OutOfReach):
        services.request_correction(cast.nadia, cast.keller, "name", "N")
    with pytest.raises(ValidationError):
        services.request_correction(cast.nadia, cast.rochat, "salary", "more")


def test_a_fiduciary_chooses_the_company(client, cast, sign_in):
    browser = sign_in(cast.fiona)
    typed = {"subject": "name", "wanted": "Fiona Braun"}
    assert browser.post("/account/correction/", typed).status_code == 422
    assert browser.post("/account/correction/", {**typed, "company": str(cast.keller.pk)}).status_code == 302
    assert CorrectionRequest.unrestricted.get().company_id == cast.keller.pk


def test_the_api_of_corrections(client, cast, sign_in):
    browser = sign_in(cast.nadia)
    body = {"company": str(cast.rochat.pk), "subject": "name", "wanted": "Nadia Rochat"}

    def post(path, data, key="k1"):
        return browser.post(
            f"{API}/correction-requests/{path}", data, content_type="application/json",
            headers={"Idempotency-Key": key},
        )  # fmt: skip

    first, again = post("", body), post("", body)
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert post("", {**body, "company": str(cast.keller.pk)}, "k2").status_code == 404
    assert post("", {**body, "subject": "salary"}, "k3").status_code == 400
    asked = first.json()["id"]
    assert post(f"{asked}/answer/", {"answer": "x"}, "k4").status_code == 404
    browser = sign_in(cast.claire)
    assert browser.get(f"{API}/correction-requests/").json()["results"] == []
    browser = sign_in(cast.reto)
    assert [row["id"] for row in browser.get(f"{API}/correction-requests/").json()["results"]] == [asked]
    assert post(f"{asked}/answer/", {}, "k5").status_code == 400
    assert post(f"{asked}/answer/", {"answer": "Done."}, "k6").json()["state"] == "answered"
    assert post(f"{asked}/answer/", {"answer": "Done."}, "k7").status_code == 409


@pytest.mark.django_db(transaction=True)
def test_twenty_requests_at_once_are_one_with_one_number(cast, lines):
    def ask(_number):
        try:
            return services.request_correction(cast.nadia, cast.rochat, "name", "N").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(ask, range(20)))) == 1
    assert len(lines("correction.requested")) == 1
