"""Looking at the portal as somebody else: what is shown, what is refused, when it ends, who reads of it."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from claims_files import services as claims
from claims_files.models import PrivateReport
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from declarations.private import services as own_parts
from documents.models import Folder, HandoverReceipt
from permissions import grants
from permissions.policy import can
from permissions.trail import AuditLine
from tests.declarations.answers import FIRST_DAY, sent, typed
from tests.factories import make_user
from tests.factories_claims import open_claim
from tests.factories_documents import make_document
from tests.factories_finance import make_invoice
from tests.house.routes import body_of, walk
from users import services
from users.models import User, Viewing
from users.viewing import KEY, OWN, PAGES

ANSWERED = {"complaints": "qxbackzv", "since": typed(FIRST_DAY), "before": "no"}
GOOD = {"reason": "question", "note": "Does not find the invoice"}


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"


@pytest.fixture
def look(sign_in):
    """`look(viewer, viewed)`: a browser in which the view has begun."""

    def begin(viewer, viewed, **values):
        browser = sign_in(viewer, on=Client())
        answer = browser.post(reverse("users:view_as", args=[viewed.pk]), {**GOOD, **values})
        assert answer.status_code == 302, answer.content.decode()
        return browser

    return begin


def reads_claims(cast):
    """Claire, the administrator, who was given the claims as well."""
    row = next(row for row in grants.grants_of(cast.claire) if row.SCOPE == "company")
    extra = {*row.extra_actions, "claim.view", "document.read_administrative", "document.read_certificate"}
    extra |= {"declaration.read", "declaration.read_draft"}
    grants.change(row, preset=row.preset, extra=extra, by=cast.reto)


# --- What is shown ----------------------------------------------------------------------------------


def test_shown_is_what_both_may_see_and_nothing_that_is_the_persons_own(cast, look, sign_in):
    mine = open_claim(cast, person=cast.persons.nadia)
    folder = Folder.unrestricted.get(claim_file=mine)
    paper = make_document(folder, cast.hugo, "administrative")
    medical = make_document(folder, cast.nadia, "medical")
    HandoverReceipt.unrestricted.create(folder=folder, uploaded_by=cast.hugo, size=4711, sha256="a" * 64)
    invoice = make_invoice(cast.ktg, cast.reto)
    claims.take_over(mine.pk, by=cast.pauline)
    claims.request_paper(mine.pk, kind="wage_statement", addressee="person", by=cast.pauline)
    claim_page = reverse("claims_files:detail", args=[mine.pk])
    file_page = reverse("documents:download", args=[paper.pk])

    # The contract manager knows no case, whoever's eyes he borrows.
    reto = look(cast.reto, cast.hugo)
    assert mine.number not in reto.get("/").content.decode()
    assert {reto.get(page).status_code for page in (claim_page, file_page)} <= {403, 404}
    assert reto.get(reverse("claims_files:list")).status_code == 403

    reads_claims(cast)
    claire = look(cast.claire, cast.hugo)
    page = claire.get(claim_page)
    assert page.status_code == 200
    assert "Hugo Favre" in page.content.decode()
    assert body_of(claire.get(file_page))
    papers = claire.get(reverse("claims_files:documents", args=[mine.pk])).content.decode()
    assert paper.name in papers
    assert str(medical.pk) not in papers
    # What he handed over sealed stays his: he reads it himself.
    assert "a" * 64 not in papers
    assert "a" * 64 in sign_in(cast.hugo).get(claim_page + "documents/").content.decode()
    assert claire.get(reverse("documents:download", args=[medical.pk])).status_code == 404
    # Hugo has no invoices, though she was given them now.
    row = next(row for row in grants.grants_of(cast.claire) if row.SCOPE == "company")
    grants.change(row, preset=row.preset, extra=[*row.extra_actions, "invoice.view"], by=cast.reto)
    assert (
        sign_in(cast.claire, on=Client()).get(reverse("finance:invoice", args=[invoice.pk])).status_code
        == 200
    )
    assert claire.get(reverse("finance:invoice", args=[invoice.pk])).status_code == 404


def test_neithers_own_case_is_shown(cast, look, sign_in):
    reads_claims(cast)
    own, others = open_claim(cast, person=cast.persons.nadia), open_claim(cast, person=cast.marco)
    page, other = (reverse("claims_files:detail", args=[claim.pk]) for claim in (own, others))
    claims.take_over(own.pk, by=cast.pauline)
    claims.request_paper(own.pk, kind="certificate", addressee="person", by=cast.pauline)
    grants.grant(cast.rochat, to=cast.nadia, preset="hr", by=cast.reto)
    claire = look(cast.claire, cast.nadia)
    assert claire.get(other).status_code == 200
    assert claire.get(page).status_code == 404
    home = claire.get("/").content.decode()
    assert others.number in home
    assert own.number not in home
    # The other way round: Nadia looks as Hugo, who handles her case.
    row = next(row for row in grants.grants_of(cast.nadia) if row.SCOPE == "company")
    grants.change(row, preset="administrator", extra=["claim.view"], by=cast.reto)
    nadia = look(cast.nadia, cast.hugo)
    assert nadia.get(other).status_code == 200
    assert nadia.get(page).status_code == 404


def test_another_company_of_the_same_person_is_not_shown(cast, look):
    """Fiona works for both; whoever looks does so at one of them."""
    far = make_invoice(cast.keller_ktg, cast.reto)
    near = make_invoice(cast.ktg, cast.reto)
    reto = look(cast.reto, cast.fiona, company_id=cast.rochat.pk)
    assert reto.get(reverse("finance:invoice", args=[near.pk])).status_code == 200
    assert reto.get(reverse("finance:invoice", args=[far.pk])).status_code == 404
    listed = reto.get(reverse("finance:invoices")).content.decode()
    assert near.number in listed
    assert far.number not in listed


def test_pages_say_whose_eyes_they_are_and_how_long(cast, look):
    claire = look(cast.claire, cast.felix)
    page = claire.get("/").content.decode()
    assert "Félix Dubois" in page
    assert page.count(reverse("users:end_viewing")) == 1
    assert "15 min" in page
    # The account in the corner, its clock and its socket are not his.
    assert cast.felix.email not in page
    assert cast.felix.identifier not in page
    assert cast.claire.email in page
    assert "js/live.js" not in page
    assert claire.get("/")["X-Session-Left"].split()[2] in page


VIEWED = (
    ("home", ()),
    ("claims_files:documents", ("claim",)),
    ("claims_files:detail", ("claim",)),
    ("claims_files:timeline", ("claim",)),
    ("declarations:sent", ("report",)),
    ("users:who", ("kind", "report")),
)
OF_OWN_PART = (
    ("own_parts", ()),
    ("own_part", ("part",)),
    ("own_part_questions", ("part",)),
    ("own_part_pdf", ("part",)),
    ("release", ("part",)),
    ("withdraw_release", ("part",)),
    ("send_own_part", ("part",)),
    ("ask_own_part", ("report",)),
    ("begin_own_part", ("report",)),
    ("hand_over", ("report",)),
    ("api-own-part-detail", ("part",)),
)


def test_of_an_own_part_nothing_is_shown_or_done(cast, look, sign_in):
    """Neither as HR, who asked for it, nor as the insured person, who has a role at the company too."""
    User.objects.update(language="en")
    part = own_parts.ask(sent(cast.persons.jonas, by=cast.hugo).pk, by=cast.hugo)
    own_parts.save(part.pk, ANSWERED, by=cast.jonas)
    text = own_parts.release_text(part, ["hospitals"], by=cast.jonas)
    sha256 = claims.hash_of(text)
    own_parts.sign(part.pk, ["hospitals"], name="Jonas Steiner", sha256=sha256, by=cast.jonas)
    before = own_parts.send(part.pk, by=cast.jonas)
    report = PrivateReport.unrestricted.get()
    reads_claims(cast)
    row = next(row for row in grants.grants_of(cast.claire) if row.SCOPE == "company")
    grants.change(row, preset=row.preset, extra=[*row.extra_actions, "declaration.edit"], by=cast.reto)
    grants.grant(cast.rochat, to=cast.jonas, preset="hr", by=cast.reto)
    asked_on = sign_in(cast.claire).get(reverse("declarations:sent", args=[part.declaration_id]))
    assert "Asked on" in asked_on.content.decode(), "She knows it as herself."
    secrets = ("qxbackzv", "The hospitals", sha256, report.sha256, str(part.pk))
    secrets += ("Asked on", "Answered on", "Own part of the insured", "our own part")
    ids = {"part": part.pk, "report": part.declaration_id, "claim": report.claim_file_id}
    ids["kind"] = "declaration"
    for viewed, statuses, pages in ((cast.hugo, {200}, VIEWED), (cast.jonas, {200, 404}, VIEWED[::2])):
        browser = look(cast.claire, viewed)
        for name, needed in pages:
            page = browser.get(reverse(name, args=[ids[each] for each in needed]))
            assert page.status_code in statuses, (viewed, name)
            body = page.content.decode()
            assert not [each for each in secrets if each in body], (viewed, name)
    for name, needed in OF_OWN_PART:
        url = reverse(f"declarations:{name}", args=[ids[each] for each in needed])
        assert browser.get(url).status_code == 403, name
    for name, typed_in in (("own_part_questions", ANSWERED), ("withdraw_release", {})):
        url = reverse(f"declarations:{name}", args=[part.pk])
        assert browser.post(url, typed_in | {"complaints": "other"}).status_code == 403, name
    after = own_parts.part_about(part.declaration)
    assert (after.version, after.state, after.release.withdrawn_at) == (before.version, "sent", None)
    assert not AuditLine.unrestricted.filter(
        event__startswith="declaration.", facts__has_key="viewed"
    ).exists()


# --- What is refused --------------------------------------------------------------------------------


def test_everything_else_is_refused_in_words(cast, look):
    claire = look(cast.claire, cast.hugo)
    before = AuditLine.unrestricted.count()
    for name in (
        "users:account",
        "users:sign_in_and_account",
        "usersessions_list",
        "users:api_access",
        "correspondence:notifications",
        "correspondence:bell",
        "declarations:start",
        "activity",
        "users:viewings",
        "mfa_index",
        "account_change_password",
    ):
        answer = claire.get(reverse(name))
        assert answer.status_code == 403, name
        assert "users/not_in_view.html" in [each.name for each in answer.templates], name
    for name in ("me", "claims_files:api-list", "user-list"):
        answer = claire.get(reverse(name))
        assert (answer.status_code, answer.json()["code"]) == (403, "viewing_as")
    for path in (
        "/",
        reverse("declarations:start"),
        reverse("users:request_access"),
        reverse("switch_company"),
        # Never nested.
        reverse("users:view_as", args=[cast.felix.pk]),
    ):
        for method in ("post", "put", "delete"):
            assert getattr(claire, method)(path, GOOD).status_code == 403, path
    assert Viewing.unrestricted.filter(ended=None).count() == 1
    assert AuditLine.unrestricted.count() == before


def test_every_page_that_opens_only_reads():
    """By name: an address that is added later stays closed; these exist, take GET and were looked at."""
    known = {name for name, _pattern in walk(get_resolver().url_patterns)}
    assert known >= PAGES | OWN
    assert not {name for name in PAGES if "api" in name or name.startswith(("mfa", "account"))}


def test_an_api_token_acts_for_its_holder_meanwhile(cast, look):
    from tests.house.doors import token_of

    claire = look(cast.claire, cast.hugo)
    token = token_of(cast.claire, ("person.view",))
    answer = claire.get("/api/v1/insured-persons/", HTTP_AUTHORIZATION=f"Bearer {token.name}")
    assert answer.status_code == 200


def test_who_may_look_as_whom(cast, sign_in):
    stranger, closed = make_user("Karl", "Fremd"), make_user("Urs", "Frei")
    grants.grant(cast.keller, to=stranger, preset="finance", by=cast.reto)
    grants.grant(cast.rochat, to=closed, preset="finance", by=cast.reto)
    services.deactivate(closed.pk, by=cast.reto)
    for by, viewed, company, error in (
        (cast.hugo, cast.felix, cast.rochat, NotAllowed),
        (cast.pauline, cast.hugo, cast.rochat, NotAllowed),
        (cast.claire, cast.claire, cast.rochat, NotAllowed),
        (cast.claire, stranger, cast.keller, OutOfReach),
        (cast.claire, stranger, cast.rochat, OutOfReach),
        (cast.claire, cast.reto, cast.rochat, OutOfReach),
        (cast.claire, cast.nadia, cast.rochat, OutOfReach),
        (cast.claire, closed, cast.rochat, NotNow),
        (cast.zoe, cast.hugo, cast.rochat, OutOfReach),
    ):
        with pytest.raises(error):
            services.start_viewing(viewed.pk, company, reason="question", by=by)
    for values in ({"reason": ""}, {"reason": "curiosity"}, {"reason": "other", "note": "  "}):
        with pytest.raises(ValidationError):
            services.start_viewing(cast.hugo.pk, cast.rochat, by=cast.claire, **values)
        page = sign_in(cast.claire).post(reverse("users:view_as", args=[cast.hugo.pk]), values)
        assert page.status_code == 422
    page = sign_in(cast.reto).post(
        reverse("users:view_as", args=[cast.fiona.pk]), {**GOOD, "company_id": uuid.uuid4()}
    )
    assert page.status_code == 422
    assert not Viewing.unrestricted.exists()
    with pytest.raises(ValidationError):
        grants.grant(cast.rochat, to=cast.zoe, preset="hr", extra=["users.view_as"], by=cast.reto)


# --- When it ends -----------------------------------------------------------------------------------


def test_it_ends_with_its_time_its_rights_and_either_account(cast, look, lines):
    def lost_right():
        row = next(row for row in grants.grants_of(cast.claire) if row.SCOPE == "company")
        grants.change(row, preset="finance", extra=["users.view", "users.manage"], by=cast.reto)

    def lost_access():
        for row in grants.grants_of(cast.hugo):
            grants.revoke(row, by=cast.reto)

    def time_over():
        Viewing.unrestricted.update(ends=timezone.now() - timedelta(seconds=1))

    cases = [
        (time_over, "time"),
        (lambda: services.deactivate(cast.felix.pk, by=cast.claire), "account"),
        (lost_access, "access"),
        (lost_right, "right"),
    ]
    viewed = {"time": cast.felix, "account": cast.felix, "access": cast.hugo, "right": cast.sonia}
    for happens, way in cases:
        if way == "access":
            browser = look(cast.claire, cast.hugo)
        elif way == "right":
            browser = look(cast.claire, cast.sonia)
        else:
            browser = look(cast.claire, cast.felix)
        happens()
        # What was clicked in the view is not done as oneself.
        answer = browser.post(reverse("switch_company"), {"company": ""})
        assert (answer.status_code, answer["Location"]) == (302, "/"), way
        page = browser.get("/")
        assert page.status_code == 200
        assert "sysbar-view" not in page.content.decode()
        assert KEY not in browser.session
        (line,) = lines("viewing.ended")[-1:]
        assert (line.facts["way"], line.facts["user"], line.company) == (
            way,
            str(viewed[way].pk),
            cast.rochat.pk,
        )
    assert not Viewing.unrestricted.filter(ended=None).exists()


def test_it_is_ended_by_hand_by_signing_out_and_by_another_one(cast, look, lines, sign_in):
    browser = look(cast.claire, cast.hugo)
    assert browser.post(reverse("users:end_viewing")).status_code == 302
    assert browser.get(reverse("users:viewings")).status_code == 200
    browser = look(cast.claire, cast.hugo)
    # A second click, within the view or while the first is still under way, leads to the view that runs.
    address = reverse("users:view_as", args=[cast.hugo.pk])
    for client in (browser, sign_in(cast.claire, on=Client())):
        assert client.post(address, GOOD)["Location"] == reverse("home")
        assert "Hugo Favre" in client.get("/").content.decode()
    assert Viewing.unrestricted.filter(ended=None).count() == 1
    other = look(cast.claire, cast.felix)
    assert browser.get(reverse("claims_files:list")).status_code == 302
    other.post(reverse("account_logout"))
    assert other.get("/").status_code == 302
    assert [line.facts["way"] for line in lines("viewing.ended")] == ["by_hand", "replaced", "sign_out"]
    assert {line.actor for line in lines("viewing.ended")} == {cast.claire.pk}
    # Nothing to end: harmless.
    assert browser.post(reverse("users:end_viewing")).status_code == 302


def test_a_view_that_nobody_ended_is_written_down_when_its_time_is_over(cast, look, lines, run_jobs):
    browser = look(cast.claire, cast.hugo)
    run_jobs()
    assert not lines("viewing.ended")
    Viewing.unrestricted.update(ends=timezone.now())
    services.end_when_over(Viewing.unrestricted.get().pk)
    services.end_when_over(Viewing.unrestricted.get().pk)
    (line,) = lines("viewing.ended")
    assert (line.actor, line.facts["way"]) == (None, "time")
    browser.get("/")
    assert len(lines("viewing.ended")) == 1


# --- Who reads of it --------------------------------------------------------------------------------


def test_it_is_recorded_in_both_names_and_told_to_the_person(cast, look, lines, sign_in):
    reads_claims(cast)
    claim = open_claim(cast)
    paper = make_document(Folder.unrestricted.get(claim_file=claim), cast.hugo, "certificate")
    claire = look(cast.claire, cast.hugo)
    (line,) = lines("viewing.started")
    assert (line.actor, line.company) == (cast.claire.pk, cast.rochat.pk)
    assert line.facts == {"user": str(cast.hugo.pk), "reason": "question"}
    viewing = Viewing.unrestricted.get()
    assert body_of(claire.get(reverse("documents:download", args=[paper.pk])))
    claire.get(reverse("finance:invoices"))
    (refused,) = lines("access.refused")
    for line in (refused, *lines("document.read")):
        assert line.actor == cast.claire.pk
        assert (line.facts["viewed"], line.facts["viewing"]) == (str(cast.hugo.pk), str(viewing.pk))
    claire.post(reverse("users:end_viewing"))
    # Afterwards she acts in her own name again.
    claire.get(reverse("finance:invoices"))
    assert "viewed" not in lines("access.refused")[-1].facts

    page = reverse("users:viewings")
    (notice,) = Notification.objects.filter(user=cast.hugo, event="viewing.started")
    told = sign_in(cast.hugo, on=Client()).get(reverse("correspondence:follow", args=[notice.pk]))
    assert told["Location"] == page
    for reader in (cast.hugo, cast.claire, cast.reto, cast.sacha):
        text = sign_in(reader, on=Client()).get(page).content.decode()
        assert GOOD["note"] in text
        assert "Claire Monnier" in text
    for reader in (cast.felix, cast.bruno, cast.pauline):
        browser = sign_in(reader, on=Client())
        assert GOOD["note"] not in browser.get(page).content.decode()
        assert browser.get("/api/v1/viewings/").json()["count"] == 0
        assert browser.get(f"/api/v1/viewings/{viewing.pk}/").status_code == 404
    seen = sign_in(cast.hugo, on=Client()).get("/api/v1/viewings/").json()["results"]
    assert [(row["viewer"], row["viewed"]) for row in seen] == [(str(cast.claire.pk), str(cast.hugo.pk))]
    log = sign_in(cast.claire, on=Client()).get(reverse("activity")).content.decode()
    assert "Hugo Favre" in log
    # The words of the reason stand in no line.
    assert not AuditLine.unrestricted.filter(facts__icontains=GOOD["note"]).exists()
    assert not can(cast.bruno, "users.view", viewing)
