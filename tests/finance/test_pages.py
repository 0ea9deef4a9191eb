"""Pages of premium invoices: who sees which, what is owed, what the contract manager may do."""

import re
import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from companies.models import Company
from finance.models import PremiumInvoice
from permissions import grants
from permissions.models import AuditLine
from tests.factories_finance import make_invoice
from tests.finance import papers

pytestmark = pytest.mark.django_db

LIST = "/finance/premium-invoices/"
SEEING = ["felix", "fiona", "reto"]
IN_THE_COMPANY_WITHOUT = ["claire", "hugo", "sonia", "nadia"]
STRANGERS = ["bruno", "elena", "zoe", "pauline", "sacha"]


@pytest.fixture
def english(cast):
    """Everybody reads English, so that the texts can be looked for."""
    for user in vars(cast).values():
        if hasattr(user, "language") and hasattr(user, "identifier"):
            user.language = "en"
            user.save(update_fields=["language"])


@pytest.fixture
def invoice(cast, english):
    return make_invoice(cast.laa, cast.reto)


@pytest.fixture
def foreign(cast, english):
    return make_invoice(cast.keller_laa, cast.reto)


def page(client, address):
    response = client.get(address)
    return response, response.content.decode()


def pages_of(pk):
    return [
        reverse(f"finance:{name}", args=[pk]) for name in ("invoice", "invoice_pdf", "mark_paid", "cancel")
    ]


def without_tokens(response, address: str) -> str:
    """The page without what differs from one answer to the next."""
    changing = r'\b[0-9A-Za-z]{64}\b|data-(?:idle|whole)="\d+"'
    return re.sub(changing, "", response.content.decode().replace(address, ""))


@pytest.mark.parametrize("who", SEEING)
def test_list_and_detail_agree_for_who_may_see(cast, sign_in, invoice, who):
    client = sign_in(getattr(cast, who))
    response, html = page(client, LIST)
    assert response.status_code == 200
    assert invoice.number in html
    response, html = page(client, reverse("finance:invoice", args=[invoice.pk]))
    assert response.status_code == 200
    for shown in (
        invoice.number,
        "12’152.40",
        "All staff",
        "0.82\u00a0%",
        "CH44 3199 9123 0008 8901 2",
        "Reto Tschanz",
    ):
        assert shown in html
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("who", [*IN_THE_COMPANY_WITHOUT, *STRANGERS])
def test_a_foreign_invoice_is_like_one_that_does_not_exist(cast, sign_in, invoice, who):
    client = sign_in(getattr(cast, who))
    for real, invented in zip(pages_of(invoice.pk), pages_of(uuid.uuid4()), strict=True):
        found, nothing = client.get(real), client.get(invented)
        assert found.status_code == nothing.status_code == 404
        assert without_tokens(found, real) == without_tokens(nothing, invented)
    assert invoice.number.encode() not in client.get(LIST).content


def test_an_invoice_of_another_company_is_nowhere(cast, sign_in, invoice, foreign):
    client = sign_in(cast.felix)
    _, html = page(client, LIST)
    assert invoice.number in html
    assert foreign.number not in html
    assert "12’152.40 to pay on 1 invoice" in html.replace("CHF\u00a0", "")
    for address in pages_of(foreign.pk):
        assert client.get(address).status_code == 404
    # Asked for by the other company's contract, the filter knows no such contract.
    response, html = page(client, f"{LIST}?contract={cast.keller_laa.pk}")
    unknown, _ = page(client, f"{LIST}?contract={uuid.uuid4()}")
    assert foreign.number not in html
    assert response.status_code == unknown.status_code == 200


@pytest.mark.parametrize("who", ["zoe", "pauline"])
def test_who_has_no_company_to_ask_is_given_the_hotline(cast, sign_in, invoice, who, settings):
    response, html = page(sign_in(getattr(cast, who)), LIST)
    assert response.status_code == 403
    assert "see premium invoices" in html
    assert settings.BRAND["hotline"] in html
    assert reverse("users:request_access") not in html


@pytest.mark.parametrize("who", ["hugo", "claire"])
def test_without_the_right_the_section_says_so_and_offers_to_ask(cast, sign_in, invoice, who):
    client = sign_in(getattr(cast, who))
    response, html = page(client, LIST)
    assert response.status_code == 403
    assert "see premium invoices" in html
    assert f'action="{reverse("users:request_access")}"' in html
    assert 'name="action" value="invoice.view"' in html
    assert AuditLine.unrestricted.filter(event="access.refused", actor=getattr(cast, who).pk).count() == 1


def test_signed_out_leads_to_the_sign_in(client, cast, invoice):
    for address in (LIST, reverse("finance:issue"), *pages_of(invoice.pk)):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


def test_a_grant_on_one_contract_opens_its_invoices_only(cast, sign_in, invoice):
    other = make_invoice(cast.ktg, cast.reto)
    grants.write(cast.laa, to=cast.zoe, preset="finance", by=cast.reto)
    client = sign_in(cast.zoe)
    _, html = page(client, LIST)
    assert invoice.number in html
    assert other.number not in html
    assert client.get(reverse("finance:invoice", args=[other.pk])).status_code == 404


def test_filters_by_state_year_and_contract(cast, sign_in, english):
    this_year = timezone.localdate().year
    late = make_invoice(cast.laa, cast.reto, overdue=True)
    timely = make_invoice(cast.ktg, cast.reto)
    paid = make_invoice(cast.laa, cast.reto, begin=date(2026, 4, 1), state="paid")
    cancelled = make_invoice(cast.laa, cast.reto, begin=date(2026, 7, 1), state="cancelled")
    client = sign_in(cast.felix)

    def numbers(query):
        _, html = page(client, f"{LIST}?{query}")
        return {each.number for each in (late, timely, paid, cancelled) if f">{each.number}</a>" in html}

    assert numbers("") == {late.number, timely.number, paid.number, cancelled.number}
    assert numbers("state=overdue") == {late.number}
    assert numbers("state=open") == {timely.number}
    assert numbers("state=paid") == {paid.number}
    assert numbers("state=cancelled") == {cancelled.number}
    assert numbers(f"contract={cast.ktg.pk}") == {timely.number}
    assert numbers(f"year={this_year}&state=paid") == {paid.number}
    assert numbers(f"year={this_year - 5}") == set()


def test_chips_drop_one_filter_each(cast, sign_in, invoice):
    _, html = page(sign_in(cast.felix), f"{LIST}?state=open&contract={cast.laa.pk}")
    assert f'href="?contract={cast.laa.pk}"' in html
    assert 'href="?state=open"' in html
    assert cast.laa.policy_number in html


def test_the_list_of_one_company_says_so_and_opens_to_all(cast, sign_in, invoice, foreign):
    browser = sign_in(cast.fiona)
    answer, text = page(browser, f"{LIST}?company={cast.rochat.pk}&state=open")
    assert [row.number for row in answer.context["page"].rows] == [invoice.number]
    assert [str(chip["label"]) for chip in answer.context["chips"]] == ["Open", "One company"]
    assert answer.context["chips"][1]["url"] == "?state=open"
    assert f'type="hidden" name="company" value="{cast.rochat.pk}"' in text
    assert len(page(browser, LIST)[0].context["page"].rows) == 2


def test_what_is_owed_counts_open_and_overdue(cast, sign_in, english):
    make_invoice(cast.laa, cast.reto, overdue=True, amount=Decimal("100.00"))
    make_invoice(cast.ktg, cast.reto, amount=Decimal("50.00"))
    make_invoice(cast.laa, cast.reto, begin=date(2026, 4, 1), amount=Decimal("7.00"), state="paid")
    _, html = page(sign_in(cast.felix), LIST)
    html = html.replace("\u00a0", " ")
    assert "CHF 150.00 to pay on 2 invoices" in html
    assert "CHF 100.00 of it is overdue" in html


def test_the_chosen_company_narrows_list_and_sum(cast, sign_in, invoice, foreign):
    client = sign_in(cast.fiona)
    _, html = page(client, LIST)
    assert invoice.number in html
    assert foreign.number in html
    assert '<th scope="col">Company</th>' in html
    assert "to pay on 2 invoices" in html
    session = client.session
    session["company"] = str(cast.keller.pk)
    session.save()
    _, html = page(client, LIST)
    assert invoice.number not in html
    assert foreign.number in html
    assert '<th scope="col">Company</th>' not in html
    assert "to pay on 1 invoice" in html
    # The choice narrows a list; it opens and closes nothing.
    assert client.get(reverse("finance:invoice", args=[invoice.pk])).status_code == 200


def test_empty_states(cast, sign_in, english):
    client = sign_in(cast.felix)
    assert "No premium invoices yet" in page(client, LIST)[1]
    assert "Nothing is left to pay" in page(client, LIST)[1]
    make_invoice(cast.laa, cast.reto)
    html = page(client, f"{LIST}?state=paid")[1]
    assert "Nothing matches these filters" in html
    assert "No premium invoices yet" not in html


def test_wrong_filters_are_said_in_words(cast, sign_in, invoice):
    response, html = page(sign_in(cast.felix), f"{LIST}?state=nonsense&year=abc&contract=1")
    assert response.status_code == 200
    assert "Select a valid choice" in html


def test_pages_of_a_long_list(cast, sign_in, english):
    made = [
        make_invoice(cast.laa, cast.reto, begin=date(2021 + each // 12, each % 12 + 1, 1))
        for each in range(27)
    ]
    client = sign_in(cast.felix)
    _, html = page(client, LIST)
    assert made[-1].number in html
    assert made[0].number not in html
    response = client.get(LIST)
    _, html = page(client, response.context["page"].next_url)
    assert made[0].number in html
    assert made[-1].number not in html


def test_the_same_number_of_queries_for_few_and_many(cast, sign_in, english, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = sign_in(cast.felix)
    counts = []
    for upto in (3, 20):
        while (have := PremiumInvoice.unrestricted.count()) < upto:
            make_invoice(cast.laa, cast.reto, begin=date(2021, 1, have + 1))
        client.get(LIST)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_pdf_is_saved_under_its_name_and_cached_nowhere(cast, sign_in, invoice):
    response = sign_in(cast.felix).get(reverse("finance:invoice_pdf", args=[invoice.pk]))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    with translation.override(invoice.language):
        name = f"{gettext('Premium invoice')} {invoice.number}.pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert invoice.number in papers.text(response.content)
    assert AuditLine.unrestricted.get(event="invoice.printed").actor == cast.felix.pk


def test_settled_invoices_show_no_code(cast, sign_in, english):
    paid = make_invoice(cast.laa, cast.reto, state="paid")
    html = page(sign_in(cast.felix), reverse("finance:invoice", args=[paid.pk]))[1]
    assert "How to pay" not in html
    assert "qr-code" not in html


def test_only_the_contract_manager_is_offered_acts(cast, sign_in, client, invoice):
    paid = reverse("finance:mark_paid", args=[invoice.pk])
    detail = reverse("finance:invoice", args=[invoice.pk])
    assert paid not in page(sign_in(cast.felix), detail)[1]
    assert reverse("finance:issue") not in page(client, LIST)[1]
    assert client.get(paid).status_code == client.post(paid, {"paid_on": "1.1.2026"}).status_code == 403
    assert client.post(reverse("finance:cancel", args=[invoice.pk])).status_code == 403
    assert client.get(reverse("finance:issue")).status_code == 403
    assert paid in page(sign_in(cast.reto), detail)[1]
    invoice.refresh_from_db()
    assert invoice.state == "open"


def test_marking_as_paid(cast, sign_in, invoice):
    client = sign_in(cast.reto)
    address = reverse("finance:mark_paid", args=[invoice.pk])
    assert client.get(address).status_code == 200
    response = client.post(address, {"paid_on": "31.02.2026"})
    assert response.status_code == 422
    assert "does not exist" in response.content.decode()
    response = client.post(address, {"paid_on": timezone.localdate().strftime("%d %m %Y")}, follow=True)
    assert "is marked as paid" in response.content.decode()
    assert client.get(address).status_code == 409
    assert client.post(address, {"paid_on": timezone.localdate().isoformat()}).status_code == 409
    assert AuditLine.unrestricted.filter(event="invoice.paid").count() == 1


def test_cancelling(cast, sign_in, invoice):
    client = sign_in(cast.reto)
    address = reverse("finance:cancel", args=[invoice.pk])
    assert "cannot be reopened" in page(client, address)[1]
    assert "was cancelled" in client.post(address, follow=True).content.decode()
    assert client.post(address).status_code == 409


def lines(*rows):
    data = {"lines-TOTAL_FORMS": "4", "lines-INITIAL_FORMS": "0"}
    for number, (group, payroll, rate) in enumerate(rows):
        data |= {
            f"lines-{number}-persons_group": group,
            f"lines-{number}-payroll": payroll,
            f"lines-{number}-rate_percent": rate,
        }
    return data


def header(cast, **changes):
    values = {
        "policy_number": cast.laa.policy_number.lower(),
        "period_begin": "1.1.26",
        "period_end": "31.3.26",
    }
    return values | changes


def test_issuing_on_the_page(cast, sign_in, english):
    client = sign_in(cast.reto)
    assert client.get(reverse("finance:issue"), {"policy": cast.laa.policy_number}).status_code == 200
    data = header(cast) | lines(("Women", "100'000", "1,2"), ("Men", "50 000.00", "0.8 %"))
    response = client.post(reverse("finance:issue"), data, follow=True)
    made = PremiumInvoice.unrestricted.get()
    assert f"Invoice {made.number} was issued" in response.content.decode()
    assert (made.contract, made.total) == (cast.laa, Decimal("1600.00"))
    assert client.post(reverse("finance:issue"), data).status_code == 409
    assert PremiumInvoice.unrestricted.count() == 1


@pytest.mark.parametrize(
    ("changes", "rows", "says"),
    [
        ({"policy_number": "UNKNOWN"}, [("All", "1000", "1")], "There is no such policy number"),
        ({"period_begin": ""}, [("All", "1000", "1")], "Enter a date"),
        ({"period_begin": "1.1.2019"}, [("All", "1000", "1")], "the period has to lie within"),
        ({"period_end": "1.1.2025"}, [("All", "1000", "1")], "The period ends before it begins"),
        ({}, [], "Fill in at least one line"),
        ({}, [("All", "1.000", "1")], "Enter an amount in francs"),
        ({}, [("All", "1000", "101")], "at most 100"),
        ({}, [("", "1000", "1")], "Group of persons"),
        ({}, [("All", "0", "1")], "add up to more than"),
    ],
)
def test_what_cannot_be_issued_is_said_and_kept_on_the_page(cast, sign_in, english, changes, rows, says):
    response = sign_in(cast.reto).post(reverse("finance:issue"), header(cast, **changes) | lines(*rows))
    assert response.status_code == 422
    html = response.content.decode()
    assert says in html
    assert 'value="31.3.26"' in html or "period_end" in changes
    assert not PremiumInvoice.unrestricted.exists()


def test_a_policy_of_somebody_elses_portfolio_does_not_exist(cast, sign_in, english):
    Company.unrestricted.filter(pk=cast.keller.pk).update(contract_manager=cast.sacha)
    data = header(cast, policy_number=cast.keller_laa.policy_number) | lines(("All", "1000", "1"))
    response = sign_in(cast.reto).post(reverse("finance:issue"), data)
    assert "There is no such policy number" in response.content.decode()
    assert not PremiumInvoice.unrestricted.exists()
