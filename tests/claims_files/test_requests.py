"""Requests in the words of templates, and reminders of what is missing."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from claims_files import services
from claims_files.models import ClaimFile, PaperRequest, RequestTemplate, TimelineEntry
from claims_files.tasks import overdue_papers, tell_of_overdue_paper
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from permissions.trail import AuditLine
from tests.factories_claims import make_template, open_claim

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def made(cast, **fields):
    return make_template(cast.sacha, **fields)


def taken(cast, **fields):
    claim = open_claim(cast, **fields)
    services.take_over(claim.pk, by=cast.pauline)
    return claim


# --- Templates --------------------------------------------------------------------------------------


def test_only_whoever_manages_the_settings_keeps_templates(cast):
    for name in ("claire", "hugo", "reto", "pauline", "nadia"):
        with pytest.raises(NotAllowed):
            services.save_template(RequestTemplate(), by=getattr(cast, name))
    assert made(cast)
    assert AuditLine.unrestricted.get(event="settings.template_saved").actor == cast.sacha.pk
    for wrong, field in (
        ({"kind": "bill"}, "addressee"),
        ({"kind": "other"}, "kind"),
        ({"days": 0}, "days"),
        ({"days": 181}, "days"),
        ({"text_it": ""}, "text_it"),
    ):
        with pytest.raises(ValidationError) as refused:
            made(cast, **wrong)
        assert field in refused.value.message_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        RequestTemplate.objects.update(kind="medical_report")


def test_a_request_keeps_the_words_in_which_it_was_asked_each_reader_in_his_language(cast):
    claim, template = taken(cast), made(cast)
    paper = services.request_from(claim.pk, template.pk, by=cast.pauline)
    assert (paper.kind, paper.addressee, paper.due) == ("certificate", "employer", TODAY + timedelta(days=14))
    template.title_fr = "Un autre titre"
    services.save_template(template, by=cast.sacha)
    paper.refresh_from_db()
    for code in ("de", "fr", "it", "en"):
        with translation.override(code):
            assert (paper.title, paper.text) == (f"Title {code}", f"Text {code}")
    with pytest.raises(NotNow) as twice:
        services.request_from(claim.pk, template.pk, by=cast.pauline)
    assert twice.value.code == "already_asked"
    template.active = False
    services.save_template(template, by=cast.sacha)
    assert services.offered() == []
    with pytest.raises(OutOfReach):
        services.request_from(claim.pk, template.pk, by=cast.pauline)


def test_without_a_template_a_request_is_called_what_the_paper_is(cast):
    paper = services.request_paper(taken(cast).pk, kind="certificate", addressee="employer", by=cast.pauline)
    with translation.override("en"):
        assert (paper.title, paper.text) == ("Certificate of incapacity", "")


def test_two_clicks_from_the_claim_file_to_the_request(cast, sign_in):
    claim = taken(cast)
    offered = made(cast)
    retired = made(cast, active=False, title_en="Retired words")
    pauline, page = sign_in(cast.pauline), reverse("claims_files:request_paper", args=[claim.pk])
    assert page in pauline.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    act = reverse("claims_files:request_from_template", args=[claim.pk, offered.pk])
    text = pauline.get(page).content.decode()
    assert act in text
    assert "Text en" in text
    assert "Retired words" not in text
    hugo = sign_in(cast.hugo, on=Client())
    assert hugo.post(act).status_code == 403
    assert pauline.post(act).status_code == 302
    assert pauline.post(act).status_code == 409
    assert pauline.post(act.replace(str(offered.pk), str(retired.pk))).status_code == 404
    seen = hugo.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    assert "Title en" in seen
    assert "Text en" in seen


def test_what_is_asked_of_the_person_is_not_the_employers_in_its_own_words_either(cast, sign_in):
    claim = taken(cast, person=cast.persons.nadia)
    template = made(
        cast, kind="medical_report", addressee="person", title_en="Zebrafinch", text_en="Zebrafinch"
    )
    address = reverse("claims_files:api-request-from-template", args=[claim.pk])
    answer = sign_in(cast.pauline).post(
        address, {"template": str(template.pk)}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["title"]) == (201, "Zebrafinch")
    services.remind(claim.pk, cast.pauline)
    for name, known in (("hugo", False), ("nadia", True), ("pauline", True)):
        browser = sign_in(getattr(cast, name), on=Client())
        for page in ("detail", "documents", "timeline", "api-detail"):
            text = browser.get(reverse(f"claims_files:{page}", args=[claim.pk])).content.decode()
            assert "Reminder of a requested document" not in text or known
            if page in {"detail", "api-detail"}:
                assert ("Zebrafinch" in text) == known, (name, page)


# --- Reminders --------------------------------------------------------------------------------------


def test_everything_missing_is_reminded_of_once_a_day_to_those_who_were_asked(cast):
    claim = taken(cast, person=cast.persons.nadia)
    for kind, addressee in (("certificate", "employer"), ("medical_report", "person")):
        services.request_paper(claim.pk, kind=kind, addressee=addressee, by=cast.pauline)
    ClaimFile.unrestricted.filter(pk=claim.pk).update(arrived_at=timezone.now())
    assert len(services.remind(claim.pk, cast.pauline)) == 2
    claim.refresh_from_db()
    assert claim.arrived_at is not None, "what has arrived was not looked at"
    told = Notification.objects.filter(event="claim.paper_reminded").values_list("user", flat=True)
    assert sorted(told) == sorted([cast.hugo.pk, cast.fiona.pk, cast.nadia.pk, cast.nadia.pk])
    lines = AuditLine.unrestricted.filter(event="claim.paper_reminded").values_list("company", flat=True)
    assert set(lines) == {cast.rochat.pk, None}
    audiences = TimelineEntry.unrestricted.filter(code="paper_reminded").values_list("audience", flat=True)
    assert set(audiences) == {"all", "person"}
    with pytest.raises(NotNow) as again:
        services.remind(claim.pk, cast.pauline)
    assert again.value.code == "reminded_today"
    PaperRequest.unrestricted.update(reminded=timezone.now() - timedelta(days=1))
    assert len(services.remind(claim.pk, cast.pauline)) == 2
    for paper in PaperRequest.unrestricted.all():
        services.settle_paper(paper.pk, received=False, by=cast.pauline)
    with pytest.raises(NotNow) as nothing:
        services.remind(claim.pk, cast.pauline)
    assert nothing.value.code == "nothing_open"


def test_who_reminds(cast, sign_in):
    claim = taken(cast)
    services.request_paper(claim.pk, kind="certificate", addressee="employer", by=cast.pauline)
    for name, refusal in (
        ("hugo", NotAllowed),
        ("reto", NotAllowed),
        ("claire", OutOfReach),
        ("nadia", OutOfReach),
    ):
        with pytest.raises(refusal):
            services.remind(claim.pk, getattr(cast, name))
    page, pauline = reverse("claims_files:remind_papers", args=[claim.pk]), sign_in(cast.pauline)
    assert page in pauline.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    assert pauline.post(page).status_code == 302
    assert pauline.post(page).status_code == 409


def test_the_portal_reminds_once_after_the_due_date(cast, monkeypatch):
    claim = taken(cast)
    paper = services.request_paper(claim.pk, kind="certificate", addressee="employer", by=cast.pauline)
    waiting = []
    monkeypatch.setattr(tell_of_overdue_paper, "defer", lambda *, paper_id: waiting.append(paper_id))

    def morning(due, **fields):
        waiting.clear()
        PaperRequest.unrestricted.filter(pk=paper.pk).update(due=due, **fields)
        overdue_papers(0)
        return bool(waiting)

    assert not morning(TODAY)
    assert morning(TODAY - timedelta(days=1))
    assert not morning(TODAY - timedelta(days=3), reminded=timezone.now()), "somebody has reminded since"
    assert morning(TODAY - timedelta(days=3), reminded=timezone.now() - timedelta(days=4))
    for _turn in range(2):
        tell_of_overdue_paper(str(paper.pk))
    assert not morning(TODAY - timedelta(days=3))
    assert Notification.objects.filter(event="claim.paper_overdue", user=cast.hugo).count() == 1
    assert TimelineEntry.unrestricted.filter(code="paper_overdue", actor=None).count() == 1
    paper.refresh_from_db()
    services.settle_paper(paper.pk, received=True, by=cast.pauline)
    reopened = services.reopen_paper(paper.pk, by=cast.pauline)
    assert (reopened.reminded, reopened.told) == (None, None), "asked for anew, it is reminded of anew"
