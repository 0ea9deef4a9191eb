"""The insured person's own part of a report: asked for, answered, signed, sent; handed over; nobody else reads it."""

import pytest

from claims_files.models import PrivateReport, Release, TimelineEntry
from core.errors import NotAllowed, NotNow, OutOfReach
from declarations import services
from declarations.models import PrivatePart
from declarations.private import services as private
from tests.declarations.answers import complete, sent, typed, FIRST_DAY

pytestmark = pytest.mark.django_db

HEALTH = {"complaints": "qxbackzv", "since": typed(FIRST_DAY), "before": "no", "treated_by": "qxaubertzv"}


def test_asked_while_filing_it_goes_along_with_the_report(cast):
    draft = complete(cast.persons.jonas, by=cast.hugo)
    part = private.ask(draft.pk, by=cast.hugo)
    assert private.ask(draft.pk, by=cast.hugo) == part
    private.save(part.pk, HEALTH, by=cast.jonas)
    text = private.release_text(part, ["doctors"], by=cast.jonas)
    from claims_files.services import hash_of
    private.sign(part.pk, ["doctors"], name=cast.persons.jonas.name, sha256=hash_of(text), by=cast.jonas)
    assert private.send(part.pk, by=cast.jonas).state == "ready"
    assert not PrivateReport.unrestricted.exists()
    claim = services.submit(draft.pk, by=cast.hugo)
    report = PrivateReport.unrestricted.get()
    assert report.claim_file == claim
    print(report.content)
