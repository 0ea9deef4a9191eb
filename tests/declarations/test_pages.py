"""The pages of reports, as people walk through them."""

import re
from io import BytesIO
from itertools import pairwise
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from declarations import services
from declarations.known import suggested
from declarations.models import Declaration
from permissions import grants
from permissions.models import AuditLine
from tests.declarations.answers import FIRST_DAY, ILLNESS, PERSON, complete, sent
from tests.papers import certificate

pytestmark = pytest.mark.django_db


def posted(part, values):
    """The values of a part as a browser posts them."""
    flat = {name: value for name, value in values.items() if name != "periods"}
    for number, row in enumerate(values.get("periods", [])):
        flat |= {f"periods-{number}-{name}": value for name, value in row.items()}
    return flat


def address(declaration, part):
    return reverse("declarations:part", args=[declaration.pk, part])


def test_hr_walks_from_the_search_to_the_claim_number(cast, sign_in):
    client = sign_in(cast.hugo)
    begin = f"{reverse('declarations:start')}?person={cast.marco.pk}"
    # Nobody chooses from a list of one.
    assert client.get(reverse("declarations:start"), {"q": "bernasc"}).url == begin
    page = client.get(reverse("declarations:start"), {"q": "e"}).content.decode()
    assert "Marco Bernasconi" in page
    assert "Nadia" in page
    form = client.get(begin).context["form"]
    response = client.post(begin, {"kind": "illness", "request_id": form["request_id"].value()})
    declaration = Declaration.unrestricted.get()
    assert response.url == address(declaration, "person")

    steps = ["person", "employment", "event", "incapacity", "treatment", "documents"]
    for part, following in pairwise(steps):
        assert client.get(address(declaration, part)).status_code == 200
        response = client.post(address(declaration, part), posted(part, ILLNESS[part]))
        assert response.status_code == 302, response.context["problems"]
        assert response.url == address(declaration, following)
    assert client.get(address(declaration, "documents")).status_code == 200

    check = client.get(reverse("declarations:check", args=[declaration.pk]))
    assert "Dr. Aubert" in check.content.decode()
    response = client.post(reverse("declarations:check", args=[declaration.pk]))
    assert response.url == reverse("declarations:sent", args=[declaration.pk])
    confirmation = client.get(response.url).content.decode()
    declaration.refresh_from_db()
    assert declaration.claim_file.number in confirmation
    assert declaration.number in confirmation
    assert "Pauline Berset" in confirmation


def test_what_is_so_nearly_always_stands_there_and_is_kept_for_nobody_who_did_not_see_it(cast, sign_in):
    """In the company's report of an illness; asked again neither after somebody answered, nor in one's own report."""
    draft = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    usual = {"employment": "contract", "event": "cause", "incapacity": "returned", "treatment": "payee"}
    given = {"employment": "open", "event": "illness", "incapacity": "no", "treatment": "employer"}
    for part, name in usual.items():
        form = client.get(address(draft, part)).context["part_form"]
        assert form.data.get(name) == given[part], part
    draft.refresh_from_db()
    assert all(name not in draft.parts.get(part, {}) for part, name in usual.items())
    other = {"employment": "fixed", "event": "pregnancy", "incapacity": "partly", "treatment": "person"}
    for part, name in usual.items():
        services.save_part(draft.pk, part, {name: other[part]}, by=cast.hugo)
    draft.refresh_from_db()
    accident = services.start(cast.marco, "accident", by=cast.hugo)
    own = services.start(cast.persons.nadia, "illness", by=cast.nadia)
    for part in usual:
        assert suggested(draft, part) == {}, part
        assert suggested(accident, part) == ({"contract": "open"} if part == "employment" else {}), part
        assert suggested(own, part) == {}, part


def test_the_parts_are_tabs_with_address_and_state_and_the_documents_come_last(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    services.save_part(declaration.pk, "person", PERSON, by=cast.hugo)
    client = sign_in(cast.hugo)
    tabs = client.get(address(declaration, "event")).context["tabs"]
    assert [tab["label"] for tab in tabs] == [
        "Insured person",
        "Employment and salary",
        "Illness",
        "Incapacity for work",
        "Medical treatment",
        "Document transfer",
        "Check and send",
    ]
    states = [tab["state"] for tab in tabs[:-1]]
    assert states == ["Complete", "In progress", "To do", "To do", "To do", "Optional"]
    assert [tab["current"] for tab in tabs] == [False, False, True, False, False, False, False]
    for tab in tabs:
        assert client.get(tab["url"]).status_code == 200


def test_a_paper_sent_in_the_last_tab_is_in_the_claim_file(cast, sign_in):
    declaration = complete(cast.marco, by=cast.hugo)
    client = sign_in(cast.hugo)
    tab = address(declaration, "documents")
    upload = {
        "files": SimpleUploadedFile("certificate.pdf", certificate()),
        "visibility": "certificate",
        "kind": "certificate",
        "next": tab,
    }
    response = client.post(reverse("documents:upload", args=[declaration.folder_id]), upload)
    assert response.url == tab
    assert "certificate.pdf" in client.get(tab).content.decode()
    client.post(reverse("declarations:check", args=[declaration.pk]))
    declaration.refresh_from_db()
    claim = reverse("claims_files:documents", args=[declaration.claim_file_id])
    assert "certificate.pdf" in client.get(claim).content.decode()


def test_without_scripts_the_certificate_is_sent_after_saving_what_was_typed(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    page = client.get(address(declaration, "incapacity")).content.decode()
    assert "data-with-scripts hidden" in page
    assert "<noscript>" in page
    answer = client.post(address(declaration, "incapacity"), {"periods-0-degree": "50", "papers": "1"})
    assert answer.url == address(declaration, "documents")
    declaration.refresh_from_db()
    assert "50" in str(declaration.parts["incapacity"]["periods"])


def test_an_employee_is_asked_neither_whom_nor_for_the_salary(cast, sign_in):
    client = sign_in(cast.nadia)
    page = client.get(reverse("declarations:start")).content.decode()
    assert "Search" not in page
    client.post(reverse("declarations:start"), {"kind": "accident", "request_id": uuid4()})
    declaration = Declaration.unrestricted.get()
    assert (declaration.side, declaration.privacy) == ("employee", "private")
    assert "employment" not in declaration.parts
    event = client.get(address(declaration, "event")).content.decode()
    assert "Your employer does not see this answer." in event


def test_a_double_click_on_start_makes_one_draft(cast, sign_in):
    client = sign_in(cast.hugo)
    begin = f"{reverse('declarations:start')}?person={cast.marco.pk}"
    data = {"kind": "illness", "request_id": uuid4()}
    assert client.post(begin, data).url == client.post(begin, data).url
    assert Declaration.unrestricted.count() == 1


def test_a_double_click_on_send_leads_to_the_same_confirmation(cast, sign_in):
    declaration = complete(cast.marco, by=cast.hugo)
    client = sign_in(cast.hugo)
    check = reverse("declarations:check", args=[declaration.pk])
    first, second = client.post(check), client.post(check)
    assert first.url == second.url == reverse("declarations:sent", args=[declaration.pk])
    assert AuditLine.unrestricted.filter(event="declaration.submitted").count() == 1


def test_the_back_button_after_sending_changes_nothing(cast, sign_in):
    declaration = sent(cast.marco, by=cast.hugo)
    client = sign_in(cast.hugo)
    sent_page = reverse("declarations:sent", args=[declaration.pk])
    assert client.get(address(declaration, "event")).url == sent_page
    assert client.get(reverse("declarations:check", args=[declaration.pk])).url == sent_page
    response = client.post(address(declaration, "event"), {"cause": "pregnancy"})
    assert response.status_code == 409
    assert declaration.claim_file.number in response.content.decode()
    before = declaration.parts
    declaration.refresh_from_db()
    assert declaration.parts == before


def test_errors_stand_at_the_field_and_what_was_typed_stays(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    values = {"periods": [{"begin": "9.11.2026", "end": "1.11.2026", "degree": "150"}], "returned": "no"}
    response = client.post(address(declaration, "incapacity"), posted("incapacity", values))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="150"' in page
    assert "Enter a degree of incapacity between 1 and 100." in page
    assert 'href="#id_periods-0-degree"' in page
    assert 'href="#id_periods-0-end"' in page
    again = client.get(address(declaration, "incapacity")).content.decode()
    assert 'value="150"' in again
    assert "error-text" not in again


def test_a_fresh_part_shows_no_errors(cast, sign_in):
    declaration = services.start(cast.marco, "accident", by=cast.hugo)
    client = sign_in(cast.hugo)
    for part in ("person", "employment", "event", "incapacity", "treatment"):
        page = client.get(address(declaration, part)).content.decode()
        assert "error-summary" not in page, part
        assert "error-text" not in page, part


def test_autosave_keeps_quietly_what_was_typed(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    response = client.post(
        address(declaration, "event"), {"cause": "illness", "first_day": "99"}, headers={"X-Autosave": "1"}
    )
    assert response.status_code == 200
    assert re.fullmatch(r"\d\d:\d\d", response.json()["saved"])
    assert Declaration.unrestricted.get().parts["event"] == {"cause": "illness", "first_day": "99"}


def test_a_colleagues_change_is_shown_before_it_is_replaced(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    services.save_part(declaration.pk, "treatment", {"doctor": "Dr. Rossi"}, by=cast.sonia)
    client = sign_in(cast.hugo)
    values = {"doctor": "Dr. Favre", "payee": "employer", "version": "1"}
    quiet = client.post(address(declaration, "treatment"), values, headers={"X-Autosave": "1"})
    assert quiet.status_code == 409
    response = client.post(address(declaration, "treatment"), values)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Sonia Rossi" in page
    assert "Dr. Favre" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert client.post(address(declaration, "treatment"), values | {"version": version}).status_code == 302
    assert Declaration.unrestricted.get().parts["treatment"]["doctor"] == "Dr. Favre"


def test_periods_are_added_and_removed_without_javascript(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    services.save_part(declaration.pk, "event", ILLNESS["event"], by=cast.hugo)
    client = sign_in(cast.hugo)
    page = client.get(address(declaration, "incapacity"))
    # The first period begins with the case.
    (row,) = page.context["part_form"].rows
    assert row["begin"].value() == f"{FIRST_DAY:%d.%m.%Y}"
    values = posted("incapacity", ILLNESS["incapacity"])
    response = client.post(address(declaration, "incapacity"), values | {"add": "1"})
    assert response.url.endswith("?add=1#id_periods-2-begin")
    assert len(client.get(response.url).context["part_form"].rows) == 3
    client.post(address(declaration, "incapacity"), values | {"remove": "0"})
    kept = Declaration.unrestricted.get().parts["incapacity"]["periods"]
    assert [period["degree"] for period in kept] == [50]


def test_save_and_leave_keeps_an_unfinished_part(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    response = client.post(address(declaration, "event"), {"first_day": "soon", "leave": "1"}, follow=True)
    assert declaration.number in response.content.decode()
    assert Declaration.unrestricted.get().parts["event"]["first_day"] == "soon"


def test_change_leads_back_to_the_check(cast, sign_in):
    declaration = complete(cast.marco, by=cast.hugo)
    client = sign_in(cast.hugo)
    assert (
        "Change – Illness"
        in client.get(reverse("declarations:check", args=[declaration.pk])).content.decode()
    )
    page = client.get(f"{address(declaration, 'event')}?back=check").content.decode()
    assert 'name="back" value="check"' in page
    response = client.post(address(declaration, "event"), ILLNESS["event"] | {"back": "check"})
    assert response.url == reverse("declarations:check", args=[declaration.pk])


def test_check_names_what_is_missing_and_does_not_send(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    response = client.post(reverse("declarations:check", args=[declaration.pk]))
    assert response.status_code == 422
    page = response.content.decode()
    assert "Fill in “Illness”" in page
    # The employment may follow: it is named among the answers that can.
    assert "Complete “Employment and salary”" not in page
    assert "Employment contract" in page.split("These answers can follow")[1].split("</ul>")[0]
    declaration.refresh_from_db()
    assert declaration.is_draft


def test_check_says_when_nothing_was_insured_and_whom_to_ask(cast, sign_in):
    cast.ktg.delete()
    declaration = complete(cast.marco, by=cast.hugo)
    client = sign_in(cast.hugo)
    page = client.get(reverse("declarations:check", args=[declaration.pk])).content.decode()
    assert "had no contract for" in page
    assert "Reto Tschanz" in page


def test_who_may_not_send_learns_who_may(cast, sign_in):
    (row,) = grants.grants_of(cast.sonia)
    row.withheld_actions = ["declaration.submit"]
    row.save()
    declaration = complete(cast.marco, by=cast.hugo)
    client = sign_in(cast.sonia)
    check = reverse("declarations:check", args=[declaration.pk])
    page = client.get(check).content.decode()
    assert "Send the report" not in page
    assert "Hugo Favre" in page
    assert client.post(check).status_code == 403
    declaration.refresh_from_db()
    assert declaration.is_draft


def test_a_similar_case_is_hinted_at(cast, sign_in):
    earlier = sent(cast.marco, by=cast.hugo)
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    services.save_part(declaration.pk, "event", ILLNESS["event"], by=cast.hugo)
    client = sign_in(cast.hugo)
    for url in (address(declaration, "event"), reverse("declarations:check", args=[declaration.pk])):
        assert earlier.claim_file.number in client.get(url).content.decode()


def test_deleting_asks_first(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    url = reverse("declarations:delete", args=[declaration.pk])
    assert "Delete this draft?" in client.get(url).content.decode()
    assert Declaration.unrestricted.exists()
    assert client.post(url).url == reverse("declarations:drafts")
    assert not Declaration.unrestricted.exists()


def test_drafts_are_found_by_name_and_continue_where_one_stopped(cast, sign_in):
    mine = services.start(cast.marco, "illness", by=cast.hugo)
    services.save_part(mine.pk, "person", PERSON, by=cast.hugo)
    services.start(cast.persons.jonas, "accident", by=cast.hugo)
    client = sign_in(cast.hugo)
    page = client.get(reverse("declarations:drafts"))
    assert {entry["declaration"].number for entry in page.context["entries"]} == set(
        Declaration.unrestricted.values_list("number", flat=True)
    )
    page = client.get(reverse("declarations:drafts"), {"name": "BERNASC"})
    (entry,) = page.context["entries"]
    assert entry["declaration"] == mine
    assert entry["url"] == address(mine, "employment")
    empty = client.get(reverse("declarations:drafts"), {"name": "nobody"}).content.decode()
    assert "Nothing matches these filters" in empty


def test_the_receipt_is_a_pdf_with_both_numbers_and_without_the_whole_ahv_number(cast, sign_in):
    declaration = sent(cast.marco, by=cast.hugo)
    client = sign_in(cast.hugo)
    response = client.get(reverse("declarations:pdf", args=[declaration.pk]))
    assert response["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)
    assert declaration.number in text
    assert declaration.claim_file.number in text
    assert "Marco Bernasconi" in text
    assert cast.marco.ahv_number not in text
    assert declaration.content_sha256[:8] in text


def test_a_draft_has_no_receipt_and_no_confirmation(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    assert client.get(reverse("declarations:pdf", args=[declaration.pk])).status_code == 409
    assert client.get(reverse("declarations:sent", args=[declaration.pk])).url == reverse(
        "declarations:check", args=[declaration.pk]
    )


@pytest.mark.parametrize("who", ["felix", "claire", "reto", "sacha", "zoe"])
def test_who_has_no_right_to_report_gets_a_way_to_ask(cast, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("declarations:start")).status_code == 403
    assert client.get(reverse("declarations:drafts")).status_code == 403


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_pages_are_drawn_in_every_language(cast, sign_in, language):
    cast.hugo.language = language
    cast.hugo.save()
    client = sign_in(cast.hugo)
    draft, done = complete(cast.marco, "accident", by=cast.hugo), sent(cast.marco, by=cast.hugo)
    for part in ("person", "employment", "event", "incapacity", "treatment", "documents"):
        assert client.get(address(draft, part)).status_code == 200
    for name, row in (("check", draft), ("sent", done), ("pdf", done), ("delete", draft)):
        assert client.get(reverse(f"declarations:{name}", args=[row.pk])).status_code == 200


@pytest.mark.parametrize(
    "wanted", ["", "x", "0", "null", "00000000-0000-0000-0000-000000000000", "' or 1=1 --"]
)
def test_an_unknown_person_is_not_found(cast, sign_in, wanted):
    client = sign_in(cast.hugo)
    response = client.get(reverse("declarations:start"), {"person": wanted})
    assert response.status_code == (404 if wanted else 200)


@pytest.mark.parametrize("part", ["diagnosis", "identity", "check2"])
def test_an_unknown_part_is_not_found(cast, sign_in, part):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    assert client.get(address(declaration, part)).status_code == 404
    assert client.post(address(declaration, part)).status_code == 404
