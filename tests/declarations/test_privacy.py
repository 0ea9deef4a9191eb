"""Who sees what of a report: by every address, for drafts and after sending."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from declarations import services
from documents import services as papers
from tests.declarations.answers import complete, sent
from tests.papers import certificate

pytestmark = pytest.mark.django_db

PARTS = ("person", "employment", "event", "incapacity", "treatment", "documents")


def addresses(declaration):
    """Every page and API address of one report."""
    pk = declaration.pk
    found = [reverse("declarations:part", args=[pk, part]) for part in PARTS]
    found += [reverse(f"declarations:{name}", args=[pk]) for name in ("check", "sent", "pdf", "delete")]
    found += [reverse(f"declarations:api-{name}", args=[pk]) for name in ("detail", "receipt")]
    found += [reverse(f"documents:{name}", args=[declaration.folder_id]) for name in ("folder", "papers")]
    return found


def refused(client, declaration):
    """That nothing of the report exists for the one signed in, whatever he calls."""
    for url in addresses(declaration):
        assert client.get(url).status_code == 404, url
    pk = declaration.pk
    for part in PARTS:
        assert client.post(reverse("declarations:part", args=[pk, part]), {"cause": "x"}).status_code == 404
    for name in ("check", "delete"):
        assert client.post(reverse(f"declarations:{name}", args=[pk])).status_code == 404
    assert client.post(reverse("declarations:api-submit", args=[pk])).status_code == 404
    assert client.delete(reverse("declarations:api-detail", args=[pk])).status_code == 404
    patched = client.patch(
        reverse("declarations:api-parts", args=[pk, "event"]), {"values": {}}, content_type="application/json"
    )
    assert patched.status_code == 404
    listed = client.get(reverse("declarations:api-list"))
    assert declaration.number not in listed.content.decode()
    assert listed.json()["count"] == 0
    drafts = client.get(reverse("declarations:drafts"))
    assert declaration.number not in drafts.content.decode()


@pytest.fixture
def private(cast):
    """Nadia's own draft, complete, with a paper."""
    declaration = complete(cast.persons.nadia, "accident", by=cast.nadia)
    paper = SimpleUploadedFile("secret-report.pdf", certificate())
    papers.receive(declaration.folder_id, paper, visibility="certificate", by=cast.nadia)
    return declaration


@pytest.mark.parametrize(
    "who",
    ["hugo", "sonia", "fiona", "claire", "felix", "jonas", "bruno", "elena", "pauline", "reto", "sacha"],
)
def test_a_private_draft_does_not_exist_for_anybody_else(cast, sign_in, private, who):
    refused(sign_in(getattr(cast, who)), private)
    private.refresh_from_db()
    assert private.is_draft


def test_a_private_draft_is_in_no_hint(cast, sign_in, private):
    client = sign_in(cast.hugo)
    start = f"{reverse('declarations:start')}?person={cast.persons.nadia.pk}"
    assert private.number not in client.get(start).content.decode()
    own = services.start(cast.persons.nadia, "accident", by=cast.hugo)
    check = client.get(reverse("declarations:check", args=[own.pk])).content.decode()
    assert private.number not in check
    assert "Is this case there already?" not in check


@pytest.mark.parametrize(
    "who", ["marco_user", "nadia", "claire", "felix", "bruno", "elena", "pauline", "reto"]
)
def test_a_draft_of_the_company_is_for_its_hr_only(cast, sign_in, who):
    if who == "marco_user":
        cast.marco.user = cast.zoe
        cast.marco.save()
        who = "zoe"
    declaration = complete(cast.marco, by=cast.hugo)
    refused(sign_in(getattr(cast, who)), declaration)


def test_site_hr_sees_the_drafts_of_her_site_only(cast, sign_in):
    morges = complete(cast.marco, by=cast.hugo)
    lausanne = complete(cast.persons.jonas, by=cast.hugo)
    client = sign_in(cast.sonia)
    assert client.get(reverse("declarations:check", args=[morges.pk])).status_code == 200
    listed = client.get(reverse("declarations:api-list")).json()
    assert [row["number"] for row in listed["results"]] == [morges.number]
    for url in addresses(lausanne):
        assert client.get(url).status_code == 404
    drafts = client.get(reverse("declarations:drafts")).content.decode()
    assert morges.number in drafts
    assert lausanne.number not in drafts


def test_nobody_handles_his_own_case_as_hr(cast, sign_in):
    person = cast.persons.jonas
    person.user = cast.hugo
    person.save()
    declaration = complete(person, by=cast.fiona)
    refused(sign_in(cast.hugo), declaration)


def test_another_companys_report_answers_like_one_that_does_not_exist(cast, sign_in):
    declaration = complete(cast.persons.elena, by=cast.fiona)
    client = sign_in(cast.hugo)
    foreign = client.get(reverse("declarations:api-detail", args=[declaration.pk]))
    nothing = client.get(reverse("declarations:api-detail", args=["00000000-0000-0000-0000-000000000000"]))
    assert (foreign.status_code, foreign.json()) == (nothing.status_code, nothing.json())


SECRETS = ("He slipped", "Broken bone", "Wrist", "CHUV", "fracture", "wrist")


def test_after_sending_the_employer_reads_the_facts_and_not_what_is_sealed(cast, sign_in):
    declaration = sent(cast.persons.nadia, "accident", by=cast.nadia)
    client = sign_in(cast.hugo)
    page = client.get(reverse("declarations:sent", args=[declaration.pk])).content.decode()
    answer = client.get(reverse("declarations:api-detail", args=[declaration.pk])).content.decode()
    for text in (page, answer):
        assert "Morges, workshop hall 2" in text
        for secret in SECRETS:
            assert secret not in text, secret
    assert "Only the insured person and the insurer see them." in page
    receipt = client.get(reverse("declarations:pdf", args=[declaration.pk]))
    assert receipt.status_code == 200


def test_only_the_insured_person_is_spoken_to_in_her_own_report(cast, sign_in):
    declaration = sent(cast.persons.nadia, "accident", by=cast.nadia)
    url = reverse("declarations:sent", args=[declaration.pk])
    assert "What were you doing?" in sign_in(cast.nadia).get(url).content.decode()
    page = sign_in(cast.hugo).get(url).content.decode()
    assert "What were you doing?" not in page
    assert "Activity at the time of the accident" in page


@pytest.mark.parametrize("who", ["nadia", "pauline"])
def test_after_sending_the_insured_person_and_the_insurer_read_everything(cast, sign_in, who):
    declaration = sent(cast.persons.nadia, "accident", by=cast.nadia)
    client = sign_in(getattr(cast, who))
    page = client.get(reverse("declarations:sent", args=[declaration.pk])).content.decode()
    for secret in ("He slipped", "Broken bone", "Wrist", "CHUV"):
        assert secret in page, secret
    answer = client.get(reverse("declarations:api-detail", args=[declaration.pk])).json()
    assert answer["answers"]["event"]["body_part"] == "wrist"


def test_the_employer_keeps_seeing_what_it_reported_itself(cast, sign_in):
    declaration = sent(cast.marco, "accident", by=cast.hugo)
    client = sign_in(cast.sonia)
    page = client.get(reverse("declarations:sent", args=[declaration.pk])).content.decode()
    assert "He slipped" in page
    assert "CHUV" in page


def test_the_insured_person_reads_what_the_employer_sent(cast, sign_in):
    declaration = sent(cast.persons.nadia, by=cast.hugo)
    client = sign_in(cast.nadia)
    assert client.get(reverse("declarations:sent", args=[declaration.pk])).status_code == 200


@pytest.mark.parametrize("who", ["claire", "felix", "jonas", "bruno", "elena", "reto", "sacha", "zoe"])
def test_a_report_that_was_sent_does_not_exist_for_the_others(cast, sign_in, who):
    declaration = sent(cast.marco, by=cast.hugo)
    client = sign_in(getattr(cast, who))
    for url in addresses(declaration):
        assert client.get(url).status_code == 404, url


def test_the_health_manager_sees_no_draft_and_changes_nothing(cast, sign_in):
    draft, done = complete(cast.marco, by=cast.hugo), sent(cast.persons.jonas, by=cast.hugo)
    client = sign_in(cast.pauline)
    assert client.get(reverse("declarations:check", args=[draft.pk])).status_code == 404
    assert client.get(reverse("declarations:sent", args=[done.pk])).status_code == 200
    event = reverse("declarations:part", args=[done.pk, "event"])
    assert client.post(event, {"cause": "pregnancy"}).status_code == 403
    assert client.post(reverse("declarations:api-submit", args=[done.pk])).status_code == 403


def test_the_receipt_of_the_employer_holds_nothing_sealed(cast, sign_in):
    from io import BytesIO

    from pypdf import PdfReader

    declaration = sent(cast.persons.nadia, "accident", by=cast.nadia)
    texts = {}
    for who in (cast.hugo, cast.nadia):
        client = sign_in(who)
        body = client.get(reverse("declarations:pdf", args=[declaration.pk])).content
        texts[who] = " ".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages)
    assert "Broken bone" in texts[cast.nadia]
    for secret in SECRETS:
        assert secret not in texts[cast.hugo]
