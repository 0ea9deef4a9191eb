"""The list of claims as a file: what its reader sees on the page, nothing else, and no cell that runs."""

import io

from claims_files import services
from claims_files.models import ClaimFile, IncapacityPeriod
from companies.models import InsuredPerson
from core.tables import read_table
from permissions.trail import AuditLine
from tests.factories_claims import open_claim


def test_the_file_holds_what_the_list_shows(cast, sign_in):
    InsuredPerson.unrestricted.filter(pk=cast.marco.pk).update(last_name="=1+1")
    claims = [open_claim(cast, person=person) for person in (cast.persons.nadia, cast.marco)]
    far = open_claim(cast, person=cast.persons.elena, contract=cast.keller_ktg, by=cast.fiona)
    services.take_over(claims[0].pk, by=cast.pauline)
    services.request_paper(claims[0].pk, kind="wage_statement", addressee="person", by=cast.pauline)
    IncapacityPeriod.unrestricted.filter(claim_file=claims[1]).delete()

    def rows(who, kind="csv", **query):
        body = sign_in(who).get(f"/claims/export/{kind}/", query).content
        return {cells[0]: cells for _number, cells in read_table(io.BytesIO(body))[1:]}

    hr, insurer = rows(cast.hugo), rows(cast.pauline, "xlsx")
    assert set(hr) == {claim.number for claim in claims}
    assert set(insurer) == {*hr, far.number}
    assert hr[claims[1].number][1] == "'=1+1"
    # What is asked of the insured person does not exist for the employer.
    states = [found[claims[0].number][8] for found in (hr, insurer)]
    assert states[0] != states[1]
    assert set(rows(cast.nadia)) == {claims[0].number}
    assert set(rows(cast.hugo, q=claims[1].number)) == {claims[1].number}
    assert rows(cast.hugo, state="closed") == {}
    assert sign_in(cast.hugo).get("/claims/export/csv/", {"event_from": "x"}).status_code == 302
    assert sign_in(cast.hugo).get("/claims/export/pdf/").status_code == 404
    assert {line.facts["claims"] for line in AuditLine.unrestricted.filter(event="claim.exported")} == {
        0,
        1,
        2,
        3,
    }
    assert ClaimFile.unrestricted.count() == 3
