"""Twenty sendings of one report at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from claims_files.models import ClaimFile, Report
from core.errors import NotNow
from declarations import services
from permissions.models import AuditLine
from tests.declarations.answers import complete

TWENTY = 20


@pytest.mark.django_db(transaction=True)
def test_twenty_sendings_open_one_claim_file(cast):
    declaration = complete(cast.marco, by=cast.hugo)
    together = Barrier(TWENTY)

    def send(_number):
        try:
            together.wait(timeout=30)
            return services.submit(declaration.pk, by=cast.hugo)
        except NotNow as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(TWENTY) as threads:
        answers = list(threads.map(send, range(TWENTY)))

    (claim,) = ClaimFile.unrestricted.all()
    assert Report.unrestricted.count() == 1
    assert AuditLine.unrestricted.filter(event="declaration.submitted").count() == 1
    refusals = [answer for answer in answers if isinstance(answer, NotNow)]
    assert len(refusals) == TWENTY - 1
    assert all(claim.number in str(refusal.sentence) for refusal in refusals)
    assert [answer for answer in answers if not isinstance(answer, NotNow)] == [claim]
