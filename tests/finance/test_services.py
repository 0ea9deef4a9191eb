"""Issuing, paying, cancelling, printing: who may, when, and what the database refuses."""

import threading
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from companies.models import Company
from core.errors import NotAllowed, NotNow, OutOfReach
from core.identifiers import check_qr_reference
from core.models import DatedParameter
from finance import services
from finance.invoice_paper import bill_of
from finance.models import InvoiceState, PremiumInvoice
from finance.premium import premium
from finance.services import LineData
from permissions.models import AuditLine
from tests.factories_finance import make_invoice
from tests.finance import papers

pytestmark = pytest.mark.django_db

YEAR = timezone.localdate().year
STAFF = LineData("All staff", Decimal(1482000), Decimal("0.82"))


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def issue(cast, **changes):
    values = {"period_begin": date(2026, 1, 1), "period_end": date(2026, 3, 31), "lines": [STAFF]}
    return services.issue_invoice(cast.laa.pk, **({"by": cast.reto} | values | changes))


def events(obj) -> list[str]:
    return list(AuditLine.unrestricted.filter(target=obj.pk).order_by("id").values_list("event", flat=True))


def test_an_invoice_is_numbered_dated_and_payable(cast):
    invoice = issue(cast)
    today = timezone.localdate()
    assert invoice.number == f"P-{YEAR}-00001"
    assert (invoice.issued, invoice.due) == (today, today + timedelta(days=30))
    assert invoice.total == Decimal("12152.40")
    assert (invoice.company, invoice.contract, invoice.language) == (cast.rochat, cast.laa, "fr")
    assert check_qr_reference(invoice.reference) == invoice.reference
    assert bill_of(invoice).amount == invoice.total
    assert [line.amount for line in invoice.lines.all()] == [Decimal("12152.40")]
    assert events(invoice) == ["invoice.issued"]
    assert (
        issue(cast, period_begin=date(2026, 4, 1), period_end=date(2026, 6, 30)).number == f"P-{YEAR}-00002"
    )


def test_the_payment_period_is_dated_data(cast):
    DatedParameter.objects.create(
        key="invoice.payment_days", valid_from=date(2020, 1, 1), amount=Decimal(10), source="test"
    )
    invoice = issue(cast)
    assert invoice.due == invoice.issued + timedelta(days=10)


def test_premiums_are_computed_or_taken_as_given(cast):
    invoice = issue(
        cast,
        lines=[
            LineData("Women", Decimal("100001.00"), Decimal("1.246")),
            LineData("Men", Decimal("250000"), Decimal("0.5"), Decimal("-0.02")),
        ],
    )
    assert [line.amount for line in invoice.lines.all()] == [Decimal("1246.00"), Decimal("-0.02")]
    assert invoice.total == Decimal("1245.98")


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.decimals(min_value=0, max_value=100, places=4),
    st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal("0.10"), Decimal(1)]),
)
def test_a_premium_is_the_nearest_multiple_of_the_step(payroll, rate, step):
    amount = premium(payroll, rate, step)
    assert amount % step == 0
    assert abs(amount - payroll * rate / 100) <= step / 2


@pytest.mark.parametrize("who", ["felix", "claire", "hugo"])
def test_who_belongs_to_the_company_may_not_issue(cast, who):
    with pytest.raises(NotAllowed):
        issue(cast, by=getattr(cast, who))
    assert not PremiumInvoice.unrestricted.exists()


@pytest.mark.parametrize("who", ["bruno", "zoe"])
def test_for_others_the_contract_does_not_exist(cast, who):
    with pytest.raises(OutOfReach):
        issue(cast, by=getattr(cast, who))
    with pytest.raises(OutOfReach):
        services.issue_invoice(
            uuid.uuid4(),
            by=cast.reto,
            period_begin=date(2026, 1, 1),
            period_end=date(2026, 1, 2),
            lines=[STAFF],
        )


def test_the_same_period_is_invoiced_once(cast):
    first = issue(cast)
    with pytest.raises(NotNow) as refusal:
        issue(cast)
    assert refusal.value.code == "period_invoiced"
    assert first.number in str(refusal.value.sentence)
    services.cancel_invoice(first.pk, by=cast.reto)
    assert issue(cast).number == f"P-{YEAR}-00002"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"period_end": date(2025, 12, 31)}, "period_end"),
        ({"period_begin": date(2019, 12, 31)}, "period_begin"),
        ({"due": timezone.localdate() - timedelta(days=1)}, "due"),
        ({"due": date(9999, 12, 31)}, "due"),
        ({"period_end": date(9999, 12, 31)}, "period_end"),
        ({"issued": timezone.localdate() + timedelta(days=1)}, "issued"),
        ({"lines": []}, "lines"),
        ({"lines": [LineData("None", Decimal(0), Decimal(1))]}, "lines"),
        ({"lines": [LineData("", Decimal(1000), Decimal(1))]}, "lines"),
        ({"lines": [LineData("x" * 81, Decimal(1000), Decimal(1))]}, "lines"),
    ],
)
def test_refused_at_its_field_and_no_number_is_lost(cast, changes, field):
    with pytest.raises(ValidationError) as refusal:
        issue(cast, **changes)
    assert list(refusal.value.message_dict) == [field]
    assert issue(cast).number == f"P-{YEAR}-00001"


def test_a_company_without_an_address_cannot_be_invoiced(cast):
    Company.unrestricted.filter(pk=cast.rochat.pk).update(town="")
    with pytest.raises(ValidationError, match="The town is missing"):
        issue(cast)
    assert not PremiumInvoice.unrestricted.exists()


def test_paid(cast):
    invoice = services.mark_paid(issue(cast).pk, by=cast.reto)
    assert (invoice.state, invoice.paid_on) == ("paid", timezone.localdate())
    assert invoice.shown_state == InvoiceState.PAID
    assert events(invoice) == ["invoice.issued", "invoice.paid"]


@pytest.mark.parametrize("days", [-1, 1])
def test_a_payment_arrives_between_issue_and_today(cast, days):
    invoice = issue(cast)
    with pytest.raises(ValidationError, match="between the invoice date"):
        services.mark_paid(invoice.pk, by=cast.reto, paid_on=timezone.localdate() + timedelta(days=days))
    invoice.refresh_from_db()
    assert invoice.state == "open"


@pytest.mark.parametrize("act", [services.mark_paid, services.cancel_invoice])
@pytest.mark.parametrize("state", ["paid", "cancelled"])
def test_settled_is_settled(cast, act, state):
    invoice = make_invoice(cast.laa, cast.reto, state=state)
    before = events(invoice)
    with pytest.raises(NotNow):
        act(invoice.pk, by=cast.reto)
    assert events(invoice) == before


@pytest.mark.parametrize("act", [services.mark_paid, services.cancel_invoice])
def test_who_only_sees_an_invoice_changes_nothing(cast, act):
    invoice = issue(cast)
    with pytest.raises(NotAllowed):
        act(invoice.pk, by=cast.felix)
    for stranger in (cast.hugo, cast.bruno, cast.zoe, cast.pauline):
        with pytest.raises(OutOfReach):
            act(invoice.pk, by=stranger)
    with pytest.raises(OutOfReach):
        act(uuid.uuid4(), by=cast.reto)
    invoice.refresh_from_db()
    assert invoice.state == "open"


def test_overdue_follows_from_the_due_date(cast):
    late = make_invoice(cast.laa, cast.reto, overdue=True)
    timely = make_invoice(cast.ktg, cast.reto)
    paid = make_invoice(cast.laa, cast.reto, begin=date(2026, 4, 1), overdue=True, state="paid")
    assert late.state == "open"
    assert late.shown_state == InvoiceState.OVERDUE
    assert timely.shown_state == InvoiceState.OPEN
    assert paid.shown_state == InvoiceState.PAID
    rows = PremiumInvoice.unrestricted
    assert set(rows.all().in_state("overdue")) == {late}
    assert set(rows.all().in_state("open")) == {timely}
    assert set(rows.all().in_state("paid")) == {paid}
    assert set(rows.all().unpaid()) == {late, timely}
    # The due date itself is still in time.
    assert set(rows.all().in_state("open", today=late.due)) == {late, timely}


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "overdue"},
        {"state": "paid"},
        {"paid_on": date(2026, 1, 1)},
        {"state": "cancelled"},
        {"total": Decimal(0)},
        {"due": date(2000, 1, 1)},
        {"period_end": date(2000, 1, 1)},
        {"reference": "123"},
    ],
)
def test_the_database_refuses_what_the_services_never_write(cast, fields):
    invoice = issue(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        PremiumInvoice.unrestricted.filter(pk=invoice.pk).update(**fields)


@pytest.mark.parametrize(("who", "sees"), [("felix", True), ("fiona", True), ("reto", True), ("hugo", False)])
def test_printing_follows_the_right_to_see(cast, who, sees):
    invoice = issue(cast)
    if not sees:
        with pytest.raises(OutOfReach):
            services.pdf(invoice, by=getattr(cast, who))
        assert events(invoice) == ["invoice.issued"]
        return
    content = services.pdf(invoice, by=getattr(cast, who))
    (code,) = [code for page in papers.pages(content) for code in papers.codes(page)]
    assert code.bytes.decode() == bill_of(invoice).payload()
    assert events(invoice) == ["invoice.issued", "invoice.printed"]


def test_the_paper_is_in_the_language_of_the_company_and_the_same_each_time(cast):
    invoice = services.issue_invoice(
        cast.keller_laa.pk,
        by=cast.reto,
        period_begin=date(2026, 1, 1),
        period_end=date(2026, 3, 31),
        lines=[STAFF],
    )
    content = services.pdf(invoice, by=cast.reto)
    assert "Zahlteil" in papers.text(content)
    with translation.override("fr"):
        assert services.pdf(invoice, by=cast.reto) == content


def test_an_issued_invoice_keeps_the_address_of_its_day(cast):
    invoice = issue(cast)
    Company.unrestricted.filter(pk=cast.rochat.pk).update(name="Rochat Nouvelle SA", street="Rue Neuve")
    again = PremiumInvoice.unrestricted.get(pk=invoice.pk)
    text = papers.text(services.pdf(again, by=cast.reto))
    assert "Rue du Lac" in text
    assert "Rue Neuve" not in text


@pytest.mark.parametrize("state", ["paid", "cancelled"])
def test_what_is_settled_asks_for_no_money(cast, state):
    invoice = make_invoice(cast.keller_laa, cast.reto, state=state)
    content = services.pdf(invoice, by=cast.reto)
    assert not [code for page in papers.pages(content) for code in papers.codes(page)]
    assert "Zahlteil" not in papers.text(content)


@pytest.mark.django_db(transaction=True)
def test_parallel_clicks_issue_one_invoice(cast):
    made, refused, failures = [], [], []
    start = threading.Barrier(6)

    def click() -> None:
        try:
            start.wait(timeout=10)
            made.append(issue(cast))
        except NotNow as refusal:
            refused.append(refusal.code)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(6)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(timeout=30)
    assert not failures
    assert (len(made), refused) == (1, ["period_invoiced"] * 5)
    assert PremiumInvoice.unrestricted.count() == 1
    assert AuditLine.unrestricted.filter(event="invoice.issued").count() == 1
