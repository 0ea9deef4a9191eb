"""The insured person's own part: asked for, answered, signed, sent, handed over; nobody but the insurer reads it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from claims_files import services as claims
from claims_files.models import ClaimFile, PrivateReport, Release, TimelineEntry
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from declarations import services
from declarations.models import Declaration, PrivatePart
from declarations.private import services as private
from declarations.private.forms import QUESTIONS, questions_of
from documents import services as papers
from documents.models import Document
from permissions.trail import AuditLine
from tests.declarations.answers import FIRST_DAY, answers, complete, fill, sent, typed
from tests.papers import certificate
from tests.users.acts import have_proven
from users.models import FreshProof
from users.services import clear_own_additions

pytestmark = pytest.mark.django_db

SECRETS = ("qxbackzv", "qxaubertzv", "hospitals and clinics", "fingerprint-of-nobody")
HEALTH = {
    "complaints": "qxbackzv",
    "since": typed(FIRST_DAY),
    "before": "no",
    "treated_by": "qxaubertzv",
}
ANSWERED = {
    "illness": HEALTH,
    "accident": {"complaints": "x", "hurt_before": "no"},
    "minor_accident": {"complaints": "x", "hurt_before": "yes", "hurt_when": "2019"},
    "relapse": {"complaints": "x", "since_accident": "no", "another": "no"},
    "dental": {"complaints": "x", "tooth_treated": "unknown"},
    "occupational_disease": {"complaints": "x", "since": "1.3.2026", "since_work": "yes", "before": "no"},
    "severe_accident": {"complaints": "x", "hurt_before": "no"},
    "maternity": {"before_birth": "no"},
    "other_parent": {},
}


def answered(part, by, **changes):
    private.save(part.pk, HEALTH | changes, by=by)
    return part


def signed(part, by, informers=("hospitals",), name=""):
    text = private.release_text(part, list(informers), by=by)
    return private.sign(
        part.pk, list(informers), name=name or part.person.name, sha256=claims.hash_of(text), by=by
    )


@pytest.fixture
def asked(cast):
    """Hugo reported Jonas' illness and asked him for his part."""
    return private.ask(sent(cast.persons.jonas, by=cast.hugo).pk, by=cast.hugo)


def test_few_questions_by_the_kind_of_the_case():
    assert set(QUESTIONS) == set(Declaration.Kind.values)
    for kind, values in ANSWERED.items():
        report = SimpleNamespace(kind=kind, side="employer", parts={})
        assert questions_of(report, values).is_valid(), (kind, questions_of(report, values).errors)
        required = [name for name in values if name not in ("hurt_when", "treated_by")]
        for name in required:
            left = {key: value for key, value in values.items() if key != name}
            assert name in questions_of(report, left).errors, (kind, name)
        assert len(QUESTIONS[kind].base_fields) <= 8, kind


def test_an_answer_never_goes_along_to_another_question():
    """By its name an answer goes along when the kind changes: one name, one choice with one meaning."""
    asked = {}
    for form in QUESTIONS.values():
        for name, field in form.base_fields.items():
            if hasattr(field, "choices"):
                asked.setdefault(name, set()).add((str(field.label), str(field.choices)))
    assert {name for name, labels in asked.items() if len(labels) > 1} == set()


def test_what_is_ready_before_the_report_goes_along_with_it(cast, django_capture_on_commit_callbacks):
    jonas = cast.persons.jonas
    draft = complete(jonas, by=cast.hugo)
    part = private.ask(draft.pk, by=cast.hugo)
    assert private.ask(draft.pk, by=cast.hugo) == part
    assert AuditLine.unrestricted.filter(event="declaration.own_asked").count() == 1
    told = Notification.objects.get(event="declaration.own_asked")
    assert (told.user, told.target) == (cast.jonas, part.pk)
    with pytest.raises(ValidationError):
        private.send(part.pk, by=cast.jonas)
    answered(part, cast.jonas)
    release = signed(part, cast.jonas)
    papers.receive(
        part.folder_id, SimpleUploadedFile("own.pdf", certificate()), visibility="medical", by=cast.jonas
    )
    assert private.send(part.pk, by=cast.jonas).state == "ready"
    assert private.send(part.pk, by=cast.jonas).state == "ready"
    assert not PrivateReport.unrestricted.exists()
    claim = services.submit(draft.pk, by=cast.hugo)
    report = PrivateReport.unrestricted.get()
    (health,) = report.content["parts"]
    assert (report.claim_file, report.by, health["values"]["complaints"]) == (claim, cast.jonas, "qxbackzv")
    assert report.content["release"]["sha256"] == release.sha256
    assert len(report.content["documents"]) == 1
    release.refresh_from_db()
    claim.refresh_from_db()
    assert release.claim_file == claim
    assert claim.arrived_at, "The worklist shows that something has come."
    entry = TimelineEntry.unrestricted.get(code="private_part")
    assert (entry.audience, entry.actor) == ("person", cast.jonas)
    line = AuditLine.unrestricted.get(event="declaration.own_sent")
    assert (line.actor, line.company, line.person) == (None, None, jonas.pk), "Hugo did not send it."
    for change in ("privatereport set version = 9", "release set text = 'x'"):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            connection.cursor().execute(f"update claims_files_{change}")


def test_the_story_on_the_pages(cast, asked, sign_in, client):
    """Jonas answers, signs, sends and takes the release back; Hugo learns two dates, Pauline reads all of it."""
    declaration, pages = asked.declaration, sign_in(cast.jonas)
    page = reverse("declarations:own_part", args=[asked.pk])
    assert page in pages.get(reverse("home")).content.decode()
    assert "asked you on" in pages.get(page).content.decode()
    questions = reverse("declarations:own_part_questions", args=[asked.pk])
    refused = pages.post(questions, {"version": "1", "complaints": "qxbackzv"})
    assert refused.status_code == 422
    assert "qxbackzv" in refused.content.decode(), "What was typed is still there."
    stale = pages.post(questions, HEALTH | {"version": "1"})
    assert (stale.status_code, "qxaubertzv" in stale.content.decode()) == (409, True)
    assert pages.post(questions, HEALTH | {"version": "2"}).status_code == 302
    release = reverse("declarations:release", args=[asked.pk])
    assert "reauthenticate" in pages.get(release)["Location"], "A fresh code first."
    have_proven(pages, cast.jonas, "release")
    assert " checked" not in pages.get(release).content.decode(), "Nobody is named for him."
    read = pages.post(release, {"informers": ["hospitals"]})
    text, sha256 = (read.context[name] for name in ("text", "sha256"))
    assert "this case alone: Illness" in text
    assert "The disability insurance (IV)" not in text
    signing = {"informers": ["hospitals"], "sha256": sha256, "sign": "1"}
    assert pages.post(release, signing | {"name": "Hugo Meier"}).status_code == 422
    other = pages.post(release, signing | {"name": "Jonas Steiner", "informers": ["pension"]})
    assert other.status_code == 422, "Another text than the one that was read."
    assert pages.post(release, signing | {"name": "jonas  steiner"}).status_code == 302
    assert not FreshProof.objects.filter(act="release").exists(), "The code is used up."
    assert pages.post(reverse("declarations:send_own_part", args=[asked.pk])).status_code == 302
    assert page not in pages.get(reverse("home")).content.decode()
    shown = pages.get(page).content.decode()
    assert (
        "You can amend" not in pages.get(reverse("declarations:sent", args=[declaration.pk])).content.decode()
    )
    report = PrivateReport.unrestricted.get()
    assert report.sha256 in shown
    assert pages.get(reverse("declarations:own_part_pdf", args=[asked.pk])).content.startswith(b"%PDF")
    assert (
        "qxbackzv" in pages.get(reverse("claims_files:detail", args=[report.claim_file_id])).content.decode()
    )

    hugo = sign_in(cast.hugo)
    company = [
        reverse("declarations:sent", args=[declaration.pk]),
        reverse("declarations:api-detail", args=[declaration.pk]),
        reverse("claims_files:detail", args=[report.claim_file_id]),
        reverse("claims_files:api-detail", args=[report.claim_file_id]),
        reverse("claims_files:timeline", args=[report.claim_file_id]),
        reverse("home"),
    ]
    for url in company:
        body = hugo.get(url).content.decode()
        for secret in (
            *SECRETS,
            report.sha256,
            sha256,
            str(asked.pk),
            "Own part of the insured person received",
        ):
            assert secret not in body, (url, secret)
    assert "Answered on" in hugo.get(company[0]).content.decode()
    told = hugo.get(company[1]).json()["own_part"]
    assert told["asked"]
    assert told["answered"]
    assert hugo.get(page).status_code == 404

    pauline = sign_in(cast.pauline)
    claim_page = pauline.get(company[2]).content.decode()
    assert "qxbackzv" in claim_page
    assert "The hospitals and clinics" in claim_page
    answer = pauline.get(company[3]).json()["own_part"]
    assert answer["versions"][0]["sha256"] == report.sha256
    assert answer["releases"][0]["withdrawn_at"] is None

    claims.take_over(report.claim_file_id, by=cast.pauline)
    pages = sign_in(cast.jonas)
    assert pages.post(reverse("declarations:withdraw_release", args=[asked.pk])).status_code == 302
    claim = ClaimFile.unrestricted.get()
    assert claim.arrived_at
    assert Notification.objects.filter(event="declaration.release_withdrawn", user=cast.pauline).exists()
    assert "nobody may be asked" in sign_in(cast.pauline).get(company[2]).content.decode()


def test_an_amended_part_is_a_further_version_and_the_first_one_stays(cast, asked):
    answered(asked, cast.jonas)
    private.send(asked.pk, by=cast.jonas)
    private.save(asked.pk, {"complaints": "worse"}, by=cast.jonas)
    assert PrivatePart.unrestricted.get().state == "open"
    private.send(asked.pk, by=cast.jonas)
    private.send(asked.pk, by=cast.jonas)
    found = PrivateReport.unrestricted.order_by("version")
    assert [each.content["parts"][0]["values"]["complaints"] for each in found] == ["qxbackzv", "worse"]


def test_the_wrong_person_and_the_wrong_moment(cast, asked):
    report = asked.declaration
    for by in (cast.hugo, cast.nadia, cast.pauline, cast.claire, cast.zoe, cast.elena):
        for act in (
            lambda by=by: private.save(asked.pk, HEALTH, by=by),
            lambda by=by: private.send(asked.pk, by=by),
            lambda by=by: signed(asked, by),
            lambda by=by: private.withdraw_release(asked.pk, by=by),
        ):
            with pytest.raises(OutOfReach):
                act()
    for by, refusal in ((cast.pauline, NotAllowed), (cast.felix, OutOfReach), (cast.zoe, OutOfReach)):
        with pytest.raises(refusal):
            private.ask(report.pk, by=by)
    with pytest.raises(NotNow, match="no release"):
        private.withdraw_release(asked.pk, by=cast.jonas)
    own = sent(cast.persons.nadia, "accident", by=cast.nadia)
    with pytest.raises(NotNow, match="insured person reported"):
        private.ask(own.pk, by=cast.hugo)
    with pytest.raises(OutOfReach):
        private.begin(own.pk, by=cast.hugo)
    assert private.begin(own.pk, by=cast.nadia) == private.begin(own.pk, by=cast.nadia)
    leave = complete(cast.marco, "other_parent", by=cast.hugo)
    with pytest.raises(NotNow, match="nothing about health"):
        private.ask(leave.pk, by=cast.hugo)
    died = complete(cast.marco, "severe_accident", by=cast.hugo)
    services.save_part(died.pk, "event", {"severity": "died", "died_on": typed(FIRST_DAY)}, by=cast.hugo)
    with pytest.raises(NotNow, match="died"):
        private.ask(died.pk, by=cast.hugo)
    # He has left the company: his case goes on, and so does his part.
    cast.persons.jonas.employment_end = timezone.localdate() - timedelta(days=3)
    cast.persons.jonas.save()
    answered(asked, cast.jonas)
    signed(asked, cast.jonas)
    with pytest.raises(NotNow, match="signed a release"):
        signed(asked, cast.jonas)
    services.withdraw(report.pk, reason="mistake", by=cast.hugo)
    for act in (private.send, lambda pk, by: private.save(pk, {"before": "yes"}, by=by)):
        with pytest.raises(NotNow, match="decided or closed"):
            act(asked.pk, by=cast.jonas)
    # What he allowed he may end, whatever became of the case.
    assert private.withdraw_release(asked.pk, by=cast.jonas).withdrawn_at
    with pytest.raises(NotNow, match="already"):
        private.withdraw_release(asked.pk, by=cast.jonas)


def test_a_release_is_for_the_case_as_it_was_read(cast):
    draft = complete(cast.persons.jonas, by=cast.hugo)
    part = private.ask(draft.pk, by=cast.hugo)
    text = private.release_text(part, ["doctors"], by=cast.jonas)
    first_day = typed(FIRST_DAY - timedelta(days=1))
    services.save_part(draft.pk, "event", {"first_day": first_day}, by=cast.hugo)
    with pytest.raises(NotNow, match="changed since you read"):
        private.sign(part.pk, ["doctors"], name="Jonas Steiner", sha256=claims.hash_of(text), by=cast.jonas)
    assert not Release.unrestricted.exists()


def handed(cast, kind="accident"):
    """Nadia begins a report, and hands it over without having answered on her employment."""
    draft = services.start(cast.persons.nadia, kind, by=cast.nadia)
    values = answers(kind, event={"course": "qxcoursezv"}, treatment={"doctor": "qxdoctorzv"})
    fill(
        draft, {name: values[name] for name in ("person", "event", "incapacity", "treatment")}, by=cast.nadia
    )
    for visibility in ("medical", "certificate"):
        paper = SimpleUploadedFile(f"{visibility}.pdf", certificate() + visibility.encode())
        papers.receive(draft.folder_id, paper, visibility=visibility, by=cast.nadia)
    return draft, services.hand_over(draft.pk, by=cast.nadia)


def test_a_draft_is_handed_over_and_what_is_sealed_stays_with_its_owner(cast, sign_in):
    draft, part = handed(cast)
    assert services.hand_over(draft.pk, by=cast.nadia) == part
    assert set(Notification.objects.filter(event="declaration.handed_over").values_list("user", flat=True)) == {
        cast.hugo.pk, cast.fiona.pk}  # fmt: skip
    draft.refresh_from_db()
    assert "qxcoursezv" not in str(draft.parts) + str(draft.set_aside)
    assert "Morges, workshop hall 2" in str(draft.parts)
    nadia, hugo = sign_in(cast.nadia), None
    late = nadia.post(reverse("declarations:part", args=[draft.pk, "event"]), {"place": "elsewhere"})
    assert late.status_code == 409, "The company holds the pen."
    again = nadia.post(reverse("declarations:hand_over", args=[draft.pk]))
    assert again["Location"] == reverse("declarations:own_part", args=[part.pk])
    own = nadia.get(again["Location"]).content.decode()
    assert "qxcoursezv" in own
    assert "You have handed it over" in own
    with pytest.raises(OutOfReach):
        services.save_part(draft.pk, "event", {"place": "elsewhere"}, by=cast.nadia)
    hugo = sign_in(cast.hugo)
    pages = [
        reverse("declarations:part", args=[draft.pk, name]) for name in ("event", "treatment", "documents")
    ]
    pages += [reverse(f"declarations:{name}", args=[draft.pk]) for name in ("check", "api-detail")]
    for url in pages:
        body = hugo.get(url).content.decode()
        for secret in ("qxcoursezv", "qxdoctorzv", "medical.pdf", "Wrist", "wrist"):
            assert secret not in body.replace('value="wrist"', ""), (url, secret)
    assert 'name="course"' not in hugo.get(pages[0]).content.decode(), "HR is not asked what she answered."
    ask = reverse("declarations:ask_own_part", args=[draft.pk])
    assert ask in hugo.get(reverse("declarations:check", args=[draft.pk])).content.decode()
    assert hugo.get(ask).status_code == 200
    refuse_to_discard(hugo, draft)
    services.save_part(draft.pk, "employment", answers("accident")["employment"], by=cast.hugo)
    claim = services.submit(draft.pk, by=cast.hugo)
    report = PrivateReport.unrestricted.get()
    assert "qxcoursezv" in str(report.content)
    assert (
        "qxdoctorzv"
        in sign_in(cast.pauline).get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    )
    body = sign_in(cast.hugo).get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    assert "qxcoursezv" not in body
    part.refresh_from_db()
    assert (part.state, part.answered_at) == ("open", None), "Her health she has still to answer."
    sealed = Document.unrestricted.get(name="medical.pdf")
    assert sealed.lock == "medical"


def test_handing_over_is_refused_where_nobody_goes_on_or_it_is_not_ones_own(cast):
    draft = complete(cast.marco, by=cast.hugo)
    with pytest.raises(NotNow, match="began yourself"):
        services.hand_over(draft.pk, by=cast.hugo)
    done = sent(cast.persons.nadia, "accident", by=cast.nadia)
    with pytest.raises(NotNow, match="sent already"):
        services.hand_over(done.pk, by=cast.nadia)
    lonely = services.start(cast.persons.nadia, "illness", by=cast.nadia)
    services.save_part(lonely.pk, "event", {"cause": "illness"}, by=cast.nadia)
    cast.hugo.is_active = cast.fiona.is_active = cast.sonia.is_active = False
    for user in (cast.hugo, cast.fiona, cast.sonia):
        user.save()
    with pytest.raises(NotNow, match="Nobody at your company"):
        services.hand_over(lonely.pk, by=cast.nadia)


def refuse_to_discard(hugo, draft):
    """What the insured person has sent for the insurer with a draft is not the company's to throw away."""
    page, check = (reverse(f"declarations:{name}", args=[draft.pk]) for name in ("delete", "check"))
    assert [hugo.get(page).status_code, hugo.post(page).status_code] == [409, 409]
    assert hugo.delete(reverse("declarations:api-detail", args=[draft.pk])).json()["code"] == "holds_own_part"
    for url in (check, reverse("declarations:drafts")):
        body = hugo.get(url).content.decode()
        assert (check in body or draft.number in body, page in body) == (True, False), url
    assert PrivatePart.unrestricted.filter(declaration=draft).exists()


def test_a_discarded_draft_takes_the_own_part_along_and_its_owner_is_told(cast, sign_in):
    draft = complete(cast.persons.jonas, by=cast.hugo)
    part = answered(private.ask(draft.pk, by=cast.hugo), cast.jonas)
    signed(part, cast.jonas)
    clear_own_additions(cast.jonas, keep="")
    part.refresh_from_db()
    assert (part.answers, part.release) == ({}, None), "He removes what he added and has not sent."
    signed(answered(part, cast.jonas), cast.jonas)
    hugo, page = sign_in(cast.hugo), reverse("declarations:delete", args=[draft.pk])
    asks = hugo.get(page).content.decode()
    assert "Jonas Steiner was asked for the own part. What stands there so far is deleted, too" in asks
    private.send(part.pk, by=cast.jonas)
    refuse_to_discard(hugo, draft)
    # He changes it, and has not sent it again.
    private.save(part.pk, {"complaints": "worse"}, by=cast.jonas)
    services.delete_draft(draft.pk, by=cast.hugo)
    assert not PrivatePart.unrestricted.exists()
    assert not Release.unrestricted.exists()
    assert Notification.objects.filter(event="declaration.discarded", user=cast.jonas).exists()
    with pytest.raises(OutOfReach):
        private.send(part.pk, by=cast.jonas)


def test_over_the_api(cast, sign_in):
    draft = complete(cast.persons.jonas, by=cast.hugo)
    hugo = sign_in(cast.hugo)
    said = hugo.post(reverse("declarations:api-ask-own-part", args=[draft.pk]))
    assert (said.status_code, said.json()["answered"]) == (200, None)
    jonas = sign_in(cast.jonas)
    (row,) = jonas.get(reverse("declarations:api-own-part-list")).json()["results"]
    one = reverse("declarations:api-own-part-detail", args=[row["id"]])
    saved = jonas.patch(one, {"values": {"complaints": "qxbackzv"}}, content_type="application/json").json()
    assert set(saved["messages"]) == {"since", "before"}
    early = jonas.post(reverse("declarations:api-own-part-send", args=[row["id"]]))
    assert (early.status_code, set(early.json())) == (400, {"since", "before"})
    jonas.patch(one, {"values": HEALTH}, content_type="application/json")
    body = {"informers": ["doctors"]}
    text = jonas.post(
        reverse("declarations:api-own-part-release-text", args=[row["id"]]),
        body,
        content_type="application/json",
    ).json()
    body |= {"name": "Jonas Steiner", "sha256": text["sha256"]}
    url = reverse("declarations:api-own-part-release", args=[row["id"]])
    refused = jonas.post(url, body, content_type="application/json")
    assert refused.json()["code"] == "fresh_proof_required"
    have_proven(jonas, cast.jonas, "release")
    assert jonas.post(url, body, content_type="application/json").status_code == 201
    assert jonas.post(reverse("declarations:api-own-part-send", args=[row["id"]])).json()["state"] == "ready"
    assert jonas.get(reverse("declarations:api-own-part-receipt", args=[row["id"]])).status_code == 409
    services.submit(draft.pk, by=cast.hugo)
    assert jonas.get(one).json()["receipts"][0]["sha256"] == PrivateReport.unrestricted.get().sha256
    ended = jonas.post(reverse("declarations:api-own-part-withdraw-release", args=[row["id"]])).json()
    assert ended["release"]["withdrawn_at"]
    own = services.start(cast.persons.jonas, "accident", by=cast.jonas)
    services.save_part(own.pk, "event", {"accident_date": "1.1.2026", "course": "He fell."}, by=cast.jonas)
    made = jonas.post(reverse("declarations:api-own-part-list"), {"declaration": own.pk})
    assert made.status_code == 201
    over = jonas.post(reverse("declarations:api-hand-over", args=[own.pk]))
    assert (over.status_code, over.json()["id"]) == (200, made.json()["id"])
    assert sign_in(cast.hugo).get(one).status_code == 404
    assert sign_in(cast.hugo).get(reverse("declarations:api-own-part-list")).json()["results"] == []


@pytest.mark.django_db(transaction=True)
def test_handing_over_saving_and_sending_at_once_leave_one_pen(cast):
    draft = complete(cast.persons.nadia, "accident", by=cast.nadia)
    acts = [
        *[lambda: services.hand_over(draft.pk, by=cast.nadia)] * 4,
        *[lambda: services.submit(draft.pk, by=cast.nadia)] * 2,
        *[lambda: services.save_part(draft.pk, "event", {"course": "qxlatezv"}, by=cast.nadia)] * 2,
    ]
    together = Barrier(len(acts))

    def do(act):
        try:
            together.wait(timeout=30)
            return act()
        except (NotNow, OutOfReach) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        found = list(threads.map(do, acts))
    draft.refresh_from_db()
    handed_over = AuditLine.unrestricted.filter(event="declaration.handed_over").count()
    assert handed_over + AuditLine.unrestricted.filter(event="declaration.submitted").count() == 1
    if handed_over:
        assert (draft.privacy, PrivatePart.unrestricted.count()) == ("employer", 1)
        assert "qxlatezv" not in str(draft.parts)
        assert "slipped" not in str(draft.parts)
    else:
        assert (draft.state, draft.side) == ("sent", "employee")
    assert sum(isinstance(each, Exception) for each in found) >= 2
