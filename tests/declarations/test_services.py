"""Reports: begun, filled in, sent; each act once."""

import pytest

from claims_files.models import ClaimFile, IncapacityPeriod, Report
from declarations import services
from declarations.models import Declaration
from permissions.models import AuditLine
from tests.declarations.answers import ILLNESS, fill

pytestmark = pytest.mark.django_db


def test_hr_reports_an_illness_and_a_claim_file_is_opened(cast):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    assert declaration.number.startswith("D-")
    assert declaration.privacy == "employer"
    fill(declaration, ILLNESS, by=cast.hugo)

    claim = services.submit(declaration.pk, by=cast.hugo)

    declaration = Declaration.unrestricted.get(pk=declaration.pk)
    assert (declaration.state, declaration.privacy) == ("sent", "sent")
    assert declaration.claim_file == claim
    assert claim.number.startswith("S-")
    assert (claim.person, claim.contract, claim.company) == (cast.marco, cast.ktg, cast.rochat)
    assert Report.unrestricted.get(claim_file=claim).sha256 == declaration.content_sha256
    assert IncapacityPeriod.unrestricted.filter(claim_file=claim).count() == 2
    assert AuditLine.unrestricted.filter(event="declaration.submitted").count() == 1
    assert ClaimFile.unrestricted.count() == 1
