"""The own part meets what happens to its report: asked late, turned into another kind, handed over half-filled, given
back.
"""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from claims_files.models import PrivateReport, Release, Report
from companies.models import Contract
from core.errors import NotNow, OutOfReach
from correspondence.models import Notification
from declarations import services
from declarations.forms import form_of
from declarations.models import PrivatePart
from declarations.private import services as private
from declarations.private.panel import status_of
from documents import services as papers
from documents.models import Document
from permissions.ledger import CompanyGrant
from permissions.trail import AuditLine
from tests.declarations.answers import FIRST_DAY, answers, complete, sent, typed
from tests.declarations.test_own_part import ANSWERED, answered, handed, signed
from tests.papers import certificate

pytestmark = pytest.mark.django_db


def test_the_company_never_learns_that_something_was_added_before_it_asked(cast, sign_in):
    """Added of his own accord is known to nobody at the company; asked, it learns of it only if he says so."""
    waits = answered(private.begin(sent(cast.persons.jonas, by=cast.hugo).pk, by=cast.jonas), cast.jonas)
    private.send(waits.pk, by=cast.jonas)
    declaration = waits.declaration
    hugo = sign_in(cast.hugo)
    ask = reverse("declarations:ask_own_part", args=[declaration.pk])
    assert hugo.get(ask).status_code == 200
    said = hugo.post(reverse("declarations:api-ask-own-part", args=[declaration.pk])).json()
    assert (bool(said["asked"]), said["answered"]) == (True, None)
    assert (
        "Not answered yet" in hugo.get(reverse("declarations:sent", args=[declaration.pk])).content.decode()
    )
    jonas = sign_in(cast.jonas)
    page = reverse("declarations:own_part", args=[waits.pk])
    assert page in jonas.get(reverse("home")).content.decode(), "He has to say whether they may know."
    assert "does not know that" in jonas.get(page).content.decode()
    for _twice in range(2):
        assert jonas.post(reverse("declarations:send_own_part", args=[waits.pk])).status_code == 302
    assert page not in jonas.get(reverse("home")).content.decode()
    assert PrivateReport.unrestricted.count() == 1, "Nothing new goes to the insurer."
    assert AuditLine.unrestricted.filter(event="declaration.own_told").count() == 1
    told = status_of(declaration)
    assert told["answered"] > told["asked"]
    with pytest.raises(NotNow, match="already"):
        private.ask(declaration.pk, by=cast.hugo)
    # Nobody asks himself in the name of the company.
    other = sent(cast.persons.nadia, by=cast.hugo)
    with pytest.raises(OutOfReach):
        private.ask(other.pk, by=cast.nadia)
    asks = sign_in(cast.nadia).get(reverse("declarations:ask_own_part", args=[other.pk]))
    assert asks.status_code == 404


def test_nothing_waits_for_somebody_who_cannot_send_it(cast):
    """The report became one that asks nothing, or of somebody whom nobody can ask: no to-do stays behind."""
    draft = complete(cast.persons.jonas, by=cast.hugo)
    private.ask(draft.pk, by=cast.hugo)
    for kind, event, left in (
        ("other_parent", {}, 0),
        ("severe_accident", {"severity": "died"}, 0),
        ("severe_accident", {"severity": "danger"}, 1),
        ("illness", {}, 1),
    ):
        services.change_kind(draft.pk, kind, by=cast.hugo)
        services.save_part(draft.pk, "event", event, by=cast.hugo)
        assert private.waiting(cast.jonas).count() == left, (kind, event)


def test_a_page_made_for_another_kind_of_report_empties_nothing(cast, sign_in):
    draft = complete(cast.persons.jonas, by=cast.hugo)
    part = answered(private.ask(draft.pk, by=cast.hugo), cast.jonas)
    services.change_kind(draft.pk, "accident", by=cast.hugo)
    part.refresh_from_db()
    jonas = sign_in(cast.jonas)
    url = reverse("declarations:own_part_questions", args=[part.pk])
    typed_there = {"complaints": "y", "hurt_before": "no", "kind": "accident", "version": str(part.version)}
    assert 'name="kind" value="accident"' in jonas.get(url).content.decode()
    services.change_kind(draft.pk, "illness", by=cast.hugo)
    late = jonas.post(url, typed_there)
    assert late.status_code == 409
    assert "qxaubertzv" in late.content.decode()
    part.refresh_from_db()
    assert part.answers["treated_by"] == "qxaubertzv"
    assert "since" in part.answers
    # Nor does one that was opened before somebody answered elsewhere: what it did not hold stands there again.
    older = jonas.post(url, {"complaints": "worse", "kind": "illness", "version": "1"})
    assert (older.status_code, "worse" in older.content.decode()) == (409, True)
    assert "qxaubertzv" in older.content.decode()


def test_a_release_that_never_reached_anybody_leaves_nothing_behind(cast):
    draft = complete(cast.persons.jonas, by=cast.hugo)
    part = private.ask(draft.pk, by=cast.hugo)
    for _twice in range(2):
        signed(part, cast.jonas)
        private.withdraw_release(part.pk, by=cast.jonas)
    signed(part, cast.jonas)
    assert Release.unrestricted.count() == 1
    services.delete_draft(draft.pk, by=cast.hugo)
    assert not Release.unrestricted.exists()


def test_what_only_he_can_say_is_said_before_the_company_goes_on(cast, sign_in):
    """What the insurer needs at once and the company is never asked for: without it a report would say nothing."""
    draft = services.start(cast.persons.nadia, "accident", by=cast.nadia)
    services.save_part(draft.pk, "event", {"accident_date": typed(FIRST_DAY)}, by=cast.nadia)
    with pytest.raises(NotNow, match="Course of the accident"):
        services.hand_over(draft.pk, by=cast.nadia)
    page = sign_in(cast.nadia).get(reverse("declarations:hand_over", args=[draft.pk]))
    assert (page.status_code, "Course of the accident" in page.content.decode()) == (409, True)
    services.save_part(draft.pk, "event", {"course": "He fell."}, by=cast.nadia)
    services.hand_over(draft.pk, by=cast.nadia)
    services.submit(draft.pk, by=cast.hugo)
    after = sign_in(cast.nadia).get(
        reverse("declarations:hand_over", args=[sent(cast.persons.nadia, by=cast.nadia).pk])
    )
    assert "/sent/" in after["Location"]
    assert "He fell." in str(PrivateReport.unrestricted.get().content)


def test_a_sealed_answer_set_aside_comes_back_to_its_owner_with_its_kind(cast):
    draft = complete(cast.persons.nadia, "accident", by=cast.nadia)
    services.save_part(draft.pk, "event", {"course": "qxcoursezv"}, by=cast.nadia)
    services.change_kind(draft.pk, "illness", by=cast.nadia)
    services.save_part(draft.pk, "event", {"cause": "illness"}, by=cast.nadia)
    part = services.hand_over(draft.pk, by=cast.nadia)
    draft.refresh_from_db()
    assert "qxcoursezv" not in str(draft.parts) + str(draft.set_aside) + str(part.handed)
    services.change_kind(draft.pk, "accident", by=cast.hugo)
    services.save_part(draft.pk, "event", {"course": "qxhearsayzv"}, by=cast.hugo)
    services.submit(draft.pk, by=cast.hugo)
    content = str(PrivateReport.unrestricted.get().content)
    assert "qxcoursezv" in content
    assert "qxhearsayzv" not in content
    draft.refresh_from_db()
    assert "qxcoursezv" not in str(draft.parts)


def test_the_company_is_asked_what_the_new_kind_asks_and_the_insured_person_was_not(cast, sign_in):
    """Turned from an illness into an accident, a handed-over report says how the accident came about, or is not sent."""
    draft = complete(cast.persons.nadia, "illness", by=cast.nadia)
    services.save_part(draft.pk, "treatment", {"doctor": "qxdoctorzv"}, by=cast.nadia)
    part = services.hand_over(draft.pk, by=cast.nadia)
    services.change_kind(draft.pk, "accident", by=cast.hugo)
    services.save_part(draft.pk, "event", {"accident_date": typed(FIRST_DAY)}, by=cast.hugo)
    draft.refresh_from_db()
    assert not draft.guided
    assert {"course", "body_part"} <= form_of(draft, "event").fields.keys()
    assert "doctor" not in form_of(draft, "treatment").fields, "She was asked that."
    with pytest.raises(ValidationError) as caught:
        services.submit(draft.pk, by=cast.hugo)
    assert set(caught.value.message_dict) == {"event"}
    page = sign_in(cast.hugo).get(reverse("declarations:part", args=[draft.pk, "event"])).content.decode()
    assert 'name="course"' in page
    services.save_part(draft.pk, "event", {"course": "qxhearsayzv"}, by=cast.hugo)
    # What the company answers never passes for what she said, whatever the report becomes.
    for kind, asked in (("dental", True), ("severe_accident", True), ("illness", False), ("accident", True)):
        services.change_kind(draft.pk, kind, by=cast.hugo)
        draft.refresh_from_db()
        assert ("course" in form_of(draft, "event").fields) == asked, kind
        assert ("severity" in form_of(draft, "event").fields) == (kind == "severe_accident")
        assert "cause" not in form_of(draft, "event").fields, "Of the illness she was asked."
        part.refresh_from_db()
        assert "qxhearsayzv" not in str(part.handed) + str(part.answers), kind
    claim = services.submit(draft.pk, by=cast.hugo)
    assert "qxhearsayzv" in str(Report.unrestricted.get(claim_file=claim).content)
    assert "qxdoctorzv" in str(PrivateReport.unrestricted.get().content)


def test_a_draft_that_nothing_insures_goes_back_to_whoever_handed_it_over(cast, sign_in):
    """It can neither be sent nor thrown away: with his sealed answers and his papers it is his own again."""
    draft, part = handed(cast)
    answered_before = private.save(part.pk, ANSWERED["accident"], by=cast.nadia)[0].answers
    services.save_part(draft.pk, "employment", answers("accident")["employment"], by=cast.hugo)
    wages = SimpleUploadedFile("wages.pdf", certificate() + b"wages")
    papers.receive(draft.folder_id, wages, visibility="administrative", by=cast.hugo)
    hugo = sign_in(cast.hugo)
    check, delete, drafts = (
        reverse(f"declarations:{name}", args=args)
        for name, args in (("check", [draft.pk]), ("delete", [draft.pk]), ("drafts", []))
    )
    assert "Send the report" in hugo.get(delete).content.decode()
    Contract.unrestricted.filter(pk=cast.laa.pk).update(begin=timezone.localdate() + timedelta(days=1))
    # Somebody who has left could not go on with it: then the contract manager helps.
    cast.persons.nadia.employment_end = timezone.localdate() - timedelta(days=1)
    cast.persons.nadia.save()
    refused = hugo.post(delete)
    assert (refused.status_code, "ask your contract manager" in refused.content.decode()) == (409, True)
    cast.persons.nadia.employment_end = None
    cast.persons.nadia.save()
    assert "Give the draft back to Nadia Keller" in hugo.get(check).content.decode()
    asks = hugo.get(delete).content.decode()
    assert "Give this draft back?" in asks
    for secret in ("qxcoursezv", "qxdoctorzv", "medical.pdf"):
        assert secret not in asks
    assert hugo.post(delete)["Location"] == drafts
    assert [hugo.get(check).status_code, hugo.post(delete).status_code] == [404, 404]
    assert draft.number not in hugo.get(drafts).content.decode()
    line = AuditLine.unrestricted.get(event="declaration.handed_back")
    assert (line.actor, line.company) == (cast.hugo.pk, cast.rochat.pk)
    assert not AuditLine.unrestricted.filter(event="declaration.discarded").exists()
    assert Notification.objects.get(event="declaration.handed_back").user == cast.nadia

    draft.refresh_from_db()
    part.refresh_from_db()
    assert (draft.side, draft.privacy, draft.handed_over, draft.handed_kind) == (
        "employee",
        "private",
        None,
        "",
    )
    assert (part.handed, part.folder, part.answers) == ([], None, answered_before)
    assert (draft.parts["event"]["course"], draft.parts["treatment"]["doctor"]) == (
        "qxcoursezv",
        "qxdoctorzv",
    )
    assert draft.parts["employment"]["annual_salary"], "What the company said of her is not lost either."
    lying = Document.unrestricted.filter(folder=draft.folder).values_list("name", "lock")
    assert set(lying) == {("medical.pdf", "own"), ("certificate.pdf", "own"), ("wages.pdf", "own")}
    nadia = sign_in(cast.nadia)
    assert "qxcoursezv" in nadia.get(check).content.decode()
    assert nadia.get(reverse("declarations:own_part", args=[part.pk])).status_code == 200
    # Insured after all, she sends it herself, or hands it over once more.
    Contract.unrestricted.filter(pk=cast.laa.pk).update(begin=cast.ktg.begin)
    services.hand_over(draft.pk, by=cast.nadia)
    services.submit(draft.pk, by=cast.hugo)
    assert "qxcoursezv" in str(PrivateReport.unrestricted.get().content)


def test_an_own_part_that_only_the_handing_over_made_goes_with_the_giving_back(cast):
    draft, part = handed(cast)
    Contract.unrestricted.filter(pk=cast.laa.pk).update(begin=timezone.localdate() + timedelta(days=1))
    services.delete_draft(draft.pk, by=cast.hugo)
    assert not PrivatePart.unrestricted.filter(pk=part.pk).exists()
    services.delete_draft(draft.pk, by=cast.nadia)
    with pytest.raises(OutOfReach):
        services.delete_draft(draft.pk, by=cast.nadia)


def test_papers_go_with_a_handed_over_report_also_when_the_account_is_gone(cast):
    draft, _part = handed(cast)
    cast.persons.nadia.user = None
    cast.persons.nadia.save()
    services.submit(draft.pk, by=cast.hugo)
    assert len(PrivateReport.unrestricted.get().content["documents"]) == 1


def test_nothing_is_handed_over_to_people_who_could_not_send_it(cast):
    draft = complete(cast.persons.nadia, by=cast.nadia)
    CompanyGrant.objects.all().update(withheld_actions=["declaration.submit"])
    with pytest.raises(NotNow, match="Nobody at your company"):
        services.hand_over(draft.pk, by=cast.nadia)
