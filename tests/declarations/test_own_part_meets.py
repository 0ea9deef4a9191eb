"""The own part meets what happens to its report: asked late, turned into another kind, handed over half-filled."""

import pytest
from django.urls import reverse

from claims_files.models import PrivateReport, Release
from core.errors import NotNow, OutOfReach
from declarations import services
from declarations.models import PrivatePart
from declarations.private import services as private
from declarations.private.panel import status_of
from permissions.trail import AuditLine
from tests.declarations.answers import FIRST_DAY, complete, sent, typed
from tests.declarations.test_own_part import answered, signed

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
    assert part.answers == PrivatePart.unrestricted.get().answers
    assert part.answers["treated_by"] == "qxaubertzv"
    assert "since" in part.answers


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
    services.submit(draft.pk, by=cast.hugo)
    content = str(PrivateReport.unrestricted.get().content)
    assert "qxcoursezv" in content
    draft.refresh_from_db()
    assert "qxcoursezv" not in str(draft.parts)
