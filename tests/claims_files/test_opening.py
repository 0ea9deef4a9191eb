"""Opening a claim file from a report."""

import hashlib
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from claims_files.models import IncapacityPeriod, Report, TimelineEntry
from claims_files.services import canonical
from documents.models import Folder
from tests.factories_claims import CONTENT, open_claim


def test_number_report_periods_timeline_and_folder(cast):
    claim = open_claim(
        cast, periods=[(date(2026, 11, 3), None, 60), (date(2026, 10, 1), date(2026, 11, 2), 100)]
    )
    year = claim.opened.year
    assert claim.number == f"S-{year}-00001"
    assert open_claim(cast).number == f"S-{year}-00002"
    report = Report.unrestricted.get(claim_file=claim)
    assert report.content == CONTENT
    assert report.sha256 == hashlib.sha256(canonical(CONTENT)).hexdigest()
    degrees = IncapacityPeriod.unrestricted.filter(claim_file=claim).values_list("begin", "degree")
    assert list(degrees) == [(date(2026, 10, 1), 100), (date(2026, 11, 3), 60)]
    assert [entry.code for entry in TimelineEntry.unrestricted.filter(claim_file=claim)] == ["opened"]
    folder = Folder.unrestricted.get(claim_file=claim)
    assert (folder.contract_id, folder.stage) == (claim.contract_id, "sent")


def test_a_report_never_changes(cast):
    report = Report.unrestricted.get(claim_file=open_claim(cast))
    report.content = {"parts": []}
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        report.save()
    assert Report.unrestricted.get(pk=report.pk).content == CONTENT


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"parts": [{"title": "Event", "rows": []}]},
        {"parts": [{"title": "Event", "rows": [], "audience": "employer"}]},
        {"parts": [{"title": "Event", "rows": [["only a label"]], "audience": "all"}]},
    ],
)
def test_a_part_without_audience_does_not_slip_through(cast, content):
    with pytest.raises(ValidationError):
        open_claim(cast, content=content)


@pytest.mark.parametrize(
    "period", [(date(2026, 11, 3), date(2026, 11, 2), 50), (date(2026, 11, 3), None, 101)]
)
def test_impossible_periods_are_refused_by_the_database(cast, period):
    with pytest.raises(DatabaseError), transaction.atomic():
        open_claim(cast, periods=[period])
