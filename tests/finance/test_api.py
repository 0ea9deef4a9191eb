"""Premium invoices over the API: the same rules, the same answers as the pages."""

import uuid
from datetime import date

import pytest
from django.utils import timezone

from finance.models import PremiumInvoice
from tests.factories_finance import make_invoice
from tests.finance import papers

pytestmark = pytest.mark.django_db

API = "/api/v1/premium-invoices/"


@pytest.fixture
def invoice(cast):
    return make_invoice(cast.laa, cast.reto)


@pytest.fixture
def foreign(cast):
    return make_invoice(cast.keller_laa, cast.reto)


def numbers(client, query=""):
    response = client.get(f"{API}{query}")
    assert response.status_code == 200
    return [row["number"] for row in response.json()["results"]]


def body(cast, **changes):
    lines = [{"persons_group": "All staff", "payroll": "1482000.00", "rate_percent": "0.82"}]
    period = {"period_begin": "2026-01-01", "period_end": "2026-03-31"}
    return {"contract": str(cast.laa.pk), **period, "lines": lines} | changes


def post(client, address, data=None, **headers):
    return client.post(address, data or {}, content_type="application/json", headers=headers or None)


def test_one_invoice_in_full(cast, sign_in, invoice):
    response = sign_in(cast.felix).get(f"{API}{invoice.pk}/")
    assert response.status_code == 200
    answer = response.json()
    assert answer == {
        "id": str(invoice.pk),
        "created": answer["created"],
        "number": invoice.number,
        "company": str(cast.rochat.pk),
        "contract": str(cast.laa.pk),
        "policy_number": cast.laa.policy_number,
        "period_begin": "2026-01-01",
        "period_end": "2026-03-31",
        "issued": timezone.localdate().isoformat(),
        "due": invoice.due.isoformat(),
        "state": "open",
        "paid_on": None,
        "cancelled_on": None,
        "total": "12152.40",
        "reference": invoice.reference,
        "account": "CH4431999123000889012",
        "language": "fr",
        "lines": [
            {
                "position": 1,
                "persons_group": "All staff",
                "payroll": "1482000.00",
                "rate_percent": "0.8200",
                "amount": "12152.40",
            }
        ],
    }
    assert "no-store" in response["Cache-Control"]


def test_list_detail_and_count_agree(cast, sign_in, invoice, foreign):
    client = sign_in(cast.felix)
    answer = client.get(API).json()
    assert [row["number"] for row in answer["results"]] == [invoice.number]
    assert (answer["count"], answer["count_exact"], answer["next"], answer["previous"]) == (
        1,
        True,
        None,
        None,
    )
    assert set(numbers(sign_in(cast.reto))) == {invoice.number, foreign.number}
    assert set(numbers(sign_in(cast.fiona))) == {invoice.number, foreign.number}


@pytest.mark.parametrize("who", ["hugo", "claire", "nadia", "bruno", "zoe", "pauline", "sacha"])
def test_out_of_reach_is_like_nonexistent(cast, sign_in, invoice, who):
    client = sign_in(getattr(cast, who))
    for way in ("", "pdf/"):
        found, nothing = client.get(f"{API}{invoice.pk}/{way}"), client.get(f"{API}{uuid.uuid4()}/{way}")
        assert found.status_code == nothing.status_code == 404
        assert found.json() == nothing.json()
    for way in ("mark-paid/", "cancel/"):
        found, nothing = post(client, f"{API}{invoice.pk}/{way}"), post(client, f"{API}{uuid.uuid4()}/{way}")
        assert found.status_code == nothing.status_code == 404
        assert found.json() == nothing.json()


def test_a_foreign_invoice_is_like_nonexistent_for_who_sees_others(cast, sign_in, invoice, foreign):
    client = sign_in(cast.felix)
    for way in ("", "pdf/"):
        assert (
            client.get(f"{API}{foreign.pk}/{way}").json() == client.get(f"{API}{uuid.uuid4()}/{way}").json()
        )
    known = client.get(f"{API}?contract={cast.keller_laa.pk}")
    unknown = client.get(f"{API}?contract={uuid.uuid4()}")
    assert known.status_code == unknown.status_code == 400
    assert known.json() == unknown.json()


@pytest.mark.parametrize("who", ["hugo", "claire", "zoe"])
def test_the_list_without_the_right_names_it(cast, sign_in, invoice, who):
    response = sign_in(getattr(cast, who)).get(API)
    assert response.status_code == 403
    assert response.json()["action"] == "invoice.view"


def test_nobody_signed_in_gets_nothing(client, invoice):
    for address in (API, f"{API}{invoice.pk}/", f"{API}{invoice.pk}/pdf/"):
        assert client.get(address).status_code in (401, 403)
    assert post(client, API).status_code in (401, 403)


def test_filters(cast, sign_in):
    late = make_invoice(cast.laa, cast.reto, overdue=True)
    paid = make_invoice(cast.ktg, cast.reto, state="paid")
    client = sign_in(cast.felix)
    assert numbers(client) == [paid.number, late.number]
    assert numbers(client, "?state=overdue") == [late.number]
    assert client.get(f"{API}?state=overdue").json()["results"][0]["state"] == "overdue"
    assert numbers(client, f"?contract={cast.ktg.pk}") == [paid.number]
    assert numbers(client, f"?year={timezone.localdate().year - 3}") == []
    assert client.get(f"{API}?state=nonsense").status_code == 400


def test_pages_follow_the_cursor(cast, sign_in):
    made = [make_invoice(cast.laa, cast.reto, begin=date(2021, 1, day)) for day in range(1, 6)]
    client = sign_in(cast.felix)
    found, address = [], f"{API}?page_size=2"
    while address:
        answer = client.get(address).json()
        found += [row["number"] for row in answer["results"]]
        address = answer["next"]
    assert found == [each.number for each in reversed(made)]


def test_the_paper(cast, sign_in, invoice):
    response = sign_in(cast.felix).get(f"{API}{invoice.pk}/pdf/", headers={"accept": "application/pdf"})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; ")
    assert "no-store" in response["Cache-Control"]
    assert invoice.number in papers.text(response.content)


def test_issuing(cast, sign_in):
    client = sign_in(cast.reto)
    response = post(client, API, body(cast))
    assert response.status_code == 201
    made = PremiumInvoice.unrestricted.get()
    assert response.json()["number"] == made.number
    assert response.json()["total"] == "12152.40"
    again = post(client, API, body(cast))
    assert (again.status_code, again.json()["code"]) == (409, "period_invoiced")


def test_issuing_twice_with_one_key_is_issuing_once(cast, sign_in):
    client = sign_in(cast.reto)
    key = {"Idempotency-Key": "run-2026-1"}
    first, second = (post(client, API, body(cast), **key) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert PremiumInvoice.unrestricted.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "lines"),
        ({"period_end": "2025-12-31"}, "period_end"),
        ({"period_begin": "2019-01-01"}, "period_begin"),
        ({"due": "2020-01-01"}, "due"),
        ({"contract": "nonsense"}, "contract"),
        ({"period_begin": "tomorrow"}, "period_begin"),
    ],
)
def test_bad_input_is_said_at_its_field(cast, sign_in, changes, field):
    response = post(sign_in(cast.reto), API, body(cast, **changes))
    assert response.status_code == 400
    assert field in response.json()
    assert not PremiumInvoice.unrestricted.exists()


def test_issuing_is_the_contract_managers(cast, sign_in):
    for who in (cast.felix, cast.claire, cast.hugo, cast.zoe):
        assert post(sign_in(who), API, body(cast)).status_code == 403
    unknown = post(sign_in(cast.reto), API, body(cast, contract=str(uuid.uuid4())))
    assert unknown.status_code == 404
    assert not PremiumInvoice.unrestricted.exists()


def test_settling(cast, sign_in, invoice):
    assert post(sign_in(cast.felix), f"{API}{invoice.pk}/mark-paid/").status_code == 403
    assert post(sign_in(cast.felix), f"{API}{invoice.pk}/cancel/").status_code == 403
    client = sign_in(cast.reto)
    late = post(client, f"{API}{invoice.pk}/mark-paid/", {"paid_on": "2999-01-01"})
    assert (late.status_code, list(late.json())) == (400, ["paid_on"])
    paid = post(client, f"{API}{invoice.pk}/mark-paid/")
    assert (paid.status_code, paid.json()["state"]) == (200, "paid")
    assert post(client, f"{API}{invoice.pk}/cancel/").status_code == 409


def test_the_number_of_queries_does_not_grow(cast, sign_in):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = sign_in(cast.felix), []
    for upto in (2, 12):
        while (have := PremiumInvoice.unrestricted.count()) < upto:
            make_invoice(cast.laa, cast.reto, begin=date(2021, 1, have + 1))
        client.get(API)
        with CaptureQueriesContext(connection) as queries:
            client.get(API)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_schema_knows_every_way(cast, sign_in):
    schema = sign_in(cast.felix).get("/api/schema/?format=json").json()
    assert {path for path in schema["paths"] if "premium-invoices" in path} == {
        "/api/v1/premium-invoices/",
        "/api/v1/premium-invoices/{id}/",
        "/api/v1/premium-invoices/{id}/pdf/",
        "/api/v1/premium-invoices/{id}/mark-paid/",
        "/api/v1/premium-invoices/{id}/cancel/",
    }
