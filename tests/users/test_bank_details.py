"""Bank details: entered by the person, approved by somebody else, seen by nobody whom they do not concern."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from companies.models import Company, InsuredPerson
from core.at_rest import decrypt
from core.errors import NotAllowed, NotNow, OutOfReach
from core.models import IdempotentAnswer
from correspondence.models import Notification
from permissions import grants
from permissions.trail import AuditLine
from tests.factories import make_person, make_user
from tests.users.acts import PROOF, bearer, have_proven, prove, sign_in_fully
from tests.users.test_terms import TEXTS
from users import bank, services
from users.models import BankDetails, FreshProof, User

pytestmark = pytest.mark.usefixtures("english")

PAGE, OWN, API, QUEUE = (
    "/account/bank/",
    "/api/v1/me/bank-details/",
    "/api/v1/bank-details/",
    "/bank-details/",
)
SWISS, GERMAN, FRENCH = "CH9300762011623852957", "DE89370400440532013000", "FR1420041010050500013M02606"
TYPED = {"holder": " Nadia  Keller ", "iban": "ch93 0076 2011 6238 5295 7"}


def enter(user, iban=SWISS, holder="Nadia Keller"):
    return services.enter_bank_details(user, holder=holder, iban=iban)[0]


def states(person):
    return list(
        BankDetails.unrestricted.filter(person=person).order_by("created").values_list("state", "iban")
    )


def send(browser, path, values=None, **headers):
    return browser.post(path, values or {}, content_type="application/json", headers=headers)


@pytest.fixture
def nadia(client, cast, enrolled):
    """Nadia’s browser, both factors given."""
    sign_in_fully(client, enrolled(cast.nadia))
    return client


@pytest.fixture
def proven(nadia, cast):
    """The same, with a fresh code for the bank details."""
    have_proven(nadia, cast.nadia, "bank")
    return nadia


# --- The story --------------------------------------------------------------------------------------


def test_from_entering_to_approved(nadia, cast, run_jobs, mailoutbox, sign_in):
    asked = nadia.get(PAGE)
    assert asked["Location"].startswith(f"{PROOF}?act=bank&")
    prove(nadia, cast.nadia, asked)
    assert nadia.get(PAGE).context["form"].initial == {"holder": "Nadia Keller"}
    wrong = nadia.post(PAGE, {"holder": "", "iban": "CH9300762011623852958"})
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"holder", "iban"})
    assert nadia.post(PAGE, TYPED)["Location"] == "/account/profile/"
    # The code is used up.
    assert nadia.post(PAGE, TYPED)["Location"].startswith(PROOF)
    row = BankDetails.unrestricted.get()
    assert (row.iban, row.holder, row.last_four, row.state) == (SWISS, "Nadia Keller", "2957", "waiting")
    run_jobs()
    assert {tuple(mail.to) for mail in mailoutbox} == {(cast.reto.email,), (cast.nadia.email,)}
    profile = nadia.get("/account/profile/").content.decode()
    assert "•••• 2957" in profile
    assert f"waiting since {timezone.localdate():%d.%m.%Y}" in profile
    reto = sign_in(cast.reto, on=Client())
    assert f"{QUEUE}{row.pk}/" in reto.get("/").content.decode()
    assert f"{QUEUE}{row.pk}/" in reto.get(QUEUE).content.decode()
    (told,) = Notification.objects.filter(user=cast.reto, event="bank.requested")
    assert reto.get(f"/notifications/{told.pk}/")["Location"] == f"{QUEUE}{row.pk}/"
    page = reto.get(f"{QUEUE}{row.pk}/")
    assert "CH93 0076 2011 6238 5295 7" in page.content.decode()
    assert "another name" not in page.content.decode()
    assert reto.post(f"{QUEUE}{row.pk}/", {"answer": "approve"})["Location"] == QUEUE
    assert reto.post(f"{QUEUE}{row.pk}/", {"answer": "approve"}).status_code == 409
    assert "5295" not in reto.get(f"{QUEUE}{row.pk}/").content.decode()
    run_jobs()
    assert (mailoutbox[-1].to, mailoutbox[-1].subject) == (
        [cast.nadia.email],
        "Your bank details were approved",
    )
    (told,) = Notification.objects.filter(user=cast.nadia, event="bank.approved")
    assert nadia.get(f"/notifications/{told.pk}/")["Location"] == "/account/profile/"
    assert "Valid" in nadia.get("/account/profile/").content.decode()


def test_what_is_valid_stays_so_until_the_new_is_approved(cast, sign_in, run_jobs, mailoutbox):
    person = cast.persons.nadia
    first = enter(cast.nadia)
    services.approve_bank_details(first.pk, by=cast.reto)
    second = enter(cast.nadia, GERMAN)
    assert states(person) == [("valid", SWISS), ("waiting", GERMAN)]
    # A newer request replaces the one that waits, and the replaced account is forgotten.
    third = enter(cast.nadia, FRENCH)
    assert states(person) == [("valid", SWISS), ("withdrawn", ""), ("waiting", FRENCH)]
    with pytest.raises(NotNow) as refused:
        services.approve_bank_details(second.pk, by=cast.reto)
    assert refused.value.code == "withdrawn"
    reto = sign_in(cast.reto)
    assert reto.post(f"{QUEUE}{third.pk}/", {"answer": "decline", "reason": " "}).status_code == 422
    assert reto.post(f"{QUEUE}{third.pk}/", {"answer": "decline", "reason": "Whose?"}).status_code == 302
    assert states(person) == [("valid", SWISS), ("withdrawn", ""), ("declined", "")]
    run_jobs()
    declined = next(mail for mail in mailoutbox if mail.subject == "Your bank details were declined")
    assert "Whose?" not in declined.body
    profile = sign_in(cast.nadia).get("/account/profile/").content.decode()
    assert "Whose?" in profile
    fourth = enter(cast.nadia, GERMAN)
    services.approve_bank_details(fourth.pk, by=cast.reto)
    assert states(person)[0] == ("former", SWISS)
    assert states(person)[-1] == ("valid", GERMAN)
    assert "Whose?" not in sign_in(cast.nadia).get("/account/profile/").content.decode()


def test_the_same_once_more_and_taking_back(cast, sign_in, lines, run_jobs, mailoutbox):
    first = enter(cast.nadia)
    assert enter(cast.nadia) == first
    assert len(lines("bank.requested")) == 1
    services.approve_bank_details(first.pk, by=cast.reto)
    with pytest.raises(ValidationError):
        enter(cast.nadia)
    enter(cast.nadia, GERMAN)
    browser = sign_in(cast.nadia)
    for _click in range(2):
        assert browser.post("/account/bank/withdraw/").status_code == 302
    assert states(cast.persons.nadia) == [("valid", SWISS), ("withdrawn", "")]
    assert len(lines("bank.withdrawn")) == 1
    # Back to what is valid: what waits goes, nothing new waits.
    enter(cast.nadia, GERMAN)
    assert services.enter_bank_details(cast.nadia, holder="Nadia Keller", iban=SWISS) == []
    assert states(cast.persons.nadia) == [("valid", SWISS), ("withdrawn", ""), ("withdrawn", "")]
    run_jobs()
    # Nobody is asked to approve what does not wait any more.
    assert [cast.reto.email] not in [mail.to for mail in mailoutbox]


def test_every_employment_that_is_paid_for(cast, lines):
    yesterday = timezone.localdate() - timedelta(days=1)
    gone = make_person(
        cast.keller, cast.winterthur, "Nadia", "Keller", user=cast.nadia, employment_end=yesterday
    )
    enter(cast.nadia)
    assert states(gone) == []
    # Whoever left and was paid to goes on being paid for cases that last.
    InsuredPerson.unrestricted.filter(pk=cast.persons.nadia.pk).update(
        employment_begin=yesterday - timedelta(days=900), employment_end=yesterday
    )
    InsuredPerson.unrestricted.filter(pk=gone.pk).update(employment_end=None)
    enter(cast.nadia, GERMAN)
    assert states(cast.persons.nadia) == [("withdrawn", ""), ("waiting", GERMAN)]
    assert states(gone) == [("waiting", GERMAN)]
    # Where nothing goes on and nothing is known, the last employment.
    InsuredPerson.unrestricted.filter(user=cast.jonas).update(employment_end=yesterday)
    assert enter(cast.jonas).person_id == cast.persons.jonas.pk


# --- Who sees and who decides -----------------------------------------------------------------------


def test_the_employer_never_sees_it_and_the_insurer_the_last_digits(cast, sign_in):
    valid = enter(cast.nadia)
    services.approve_bank_details(valid.pk, by=cast.reto)
    waiting = enter(cast.nadia, GERMAN)
    page, api = f"/employees/{cast.persons.nadia.pk}/", f"{API}{waiting.pk}/"
    seeing = {"nadia", "reto", "pauline"}
    for who in (
        "nadia",
        "claire",
        "hugo",
        "sonia",
        "felix",
        "fiona",
        "bruno",
        "jonas",
        "reto",
        "pauline",
        "sacha",
    ):
        browser = sign_in(getattr(cast, who))
        shown = browser.get(page).content.decode()
        assert ("•••• 2957" in shown) == ("•••• 3000" in shown) == (who in seeing), who
        assert not any(part in shown for part in (SWISS, GERMAN, "0076 2011", "3704 0044")), who
        listed = browser.get(API).json()["results"]
        assert len(listed) == (2 if who in seeing else 0), who
        assert "iban" not in str(listed), who
        found = browser.get(api)
        assert found.status_code == (200 if who in seeing else 404), who
        if who in seeing:
            assert found.json()["iban"] == (GERMAN if who == "reto" else None)
            assert browser.get(f"{API}{valid.pk}/").json()["iban"] is None
        assert browser.get(f"{QUEUE}{waiting.pk}/").status_code == {"reto": 200}.get(
            who, 403 if who in seeing else 404
        )
        assert browser.get(QUEUE).status_code == (200 if who == "reto" else 403)


def test_account_and_holder_stand_in_their_row_alone(proven, cast, run_jobs, mailoutbox, sign_in, caplog):
    sent = send(proven, OWN, {**TYPED, "iban": GERMAN}, **{"Idempotency-Key": "k"})
    assert (sent.status_code, [row["last_four"] for row in sent.json()]) == (201, ["3000"])
    jobs = str(list(ProcrastinateJob.objects.values_list("args", flat=True)))
    run_jobs()
    services.approve_bank_details(sent.json()[0]["id"], by=cast.reto)
    jobs += str(list(ProcrastinateJob.objects.values_list("args", flat=True)))
    run_jobs()
    mails = "".join(f"{mail.subject}{mail.body}{mail.alternatives}" for mail in mailoutbox)
    assert len(mailoutbox) == 3
    kept = [
        jobs,
        mails,
        str(list(AuditLine.unrestricted.values_list("facts", flat=True))),
        "".join(decrypt(answer.body) for answer in IdempotentAnswer.objects.all()),
        str(dict(proven.session)),
        caplog.text,
    ]
    for text in kept:
        assert GERMAN not in text
        assert "0532" not in text
    assert "Nadia  Keller" not in mails
    # The company's log does not speak of it; the contract manager's does, in words and ids.
    events = {row["event"] for row in sign_in(cast.claire).get("/api/v1/audit-events/").json()["results"]}
    assert not {event for event in events if event.startswith("bank.")}
    events = {row["event"] for row in sign_in(cast.reto).get("/api/v1/audit-events/").json()["results"]}
    assert {"bank.requested", "bank.approved"} <= events


def test_four_eyes(cast, sign_in):
    row = enter(cast.nadia)
    for user, error in (
        (cast.nadia, NotAllowed),
        (cast.pauline, NotAllowed),
        (cast.hugo, OutOfReach),
        (cast.claire, OutOfReach),
        (cast.sacha, OutOfReach),
        (cast.bruno, OutOfReach),
    ):
        with pytest.raises(error):
            services.approve_bank_details(row.pk, by=user)
        with pytest.raises(error):
            services.decline_bank_details(row.pk, "No.", by=user)
    # A contract manager who is insured at his own company decides about others, never about himself.
    make_person(cast.rochat, cast.lausanne, "Reto", "Amrein", user=cast.reto)
    own = enter(cast.reto)
    with pytest.raises(NotAllowed):
        services.approve_bank_details(own.pk, by=cast.reto)
    assert own not in bank.requests_to_approve(cast.reto)
    # Nor once the insured person is no longer bound to his account.
    InsuredPerson.unrestricted.filter(user=cast.reto).update(user=None)
    with pytest.raises(NotAllowed):
        services.approve_bank_details(own.pk, by=cast.reto)
    with pytest.raises(IntegrityError), transaction.atomic():
        BankDetails.unrestricted.filter(pk=own.pk).update(
            state="valid", decided_by=cast.reto, decided=timezone.now()
        )
    services.approve_bank_details(row.pk, by=cast.reto)


def test_the_contract_manager_of_today_decides(cast):
    row = enter(cast.nadia)
    other = make_user("Rita", "Nachfolge")
    grants.appoint(other, "contract_manager")
    with pytest.raises(OutOfReach):
        services.approve_bank_details(row.pk, by=other)
    Company.unrestricted.filter(pk=cast.rochat.pk).update(contract_manager=other)
    with pytest.raises(OutOfReach):
        services.approve_bank_details(row.pk, by=cast.reto)
    services.approve_bank_details(row.pk, by=other)


def test_another_holder_is_pointed_out(cast, sign_in):
    row = enter(cast.nadia, holder="Max Muster")
    page = sign_in(cast.reto).get(f"{QUEUE}{row.pk}/").content.decode()
    assert "The account holder has another name" in page


# --- What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("iban", "code"),
    [
        ("CH930076201162385295", "length"),
        ("CH93007620116238529570", "length"),
        ("CH9300762011623852958", "checksum"),
        ("DE89370400440532013001", "checksum"),
        ("DE8937040044053201300O", "letters"),
        ("US64SVBKUS6S3300958879", "country"),
        ("AE070331234567890123456", "country"),
        ("XX9300762011623852957", "country"),
        ("9300762011623852957", "prefix"),
        ("CH44 3199 9123 0008 8901 2", "qr"),
        ("", "required"),
        ("CH93\x0000762011623852957", None),
    ],
)
def test_no_account_that_could_not_be_paid_to(proven, cast, iban, code):
    answer = proven.post(PAGE, {"holder": "N", "iban": iban})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"iban"})
    if code:
        (error,) = answer.context["form"].errors.as_data()["iban"]
        assert error.code == code
    answer = send(proven, OWN, {"holder": "N", "iban": iban})
    assert (answer.status_code, set(answer.json())) == (400, {"iban"})
    with pytest.raises(ValidationError):
        enter(cast.nadia, iban)
    assert not BankDetails.unrestricted.exists()
    assert FreshProof.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ch93 0076 2011 6238 5295 7", SWISS),
        ("LI21 0881 0000 2324 013A A", "LI21088100002324013AA"),
        ("DE89-3704-0044-0532-0130-00", GERMAN),
        ("GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
        ("fr14 2004 1010 0505 0001 3m02 606", FRENCH),
        ("NO93 8601 1117 947", "NO9386011117947"),
        ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "MT84MALT011000012345MTLCAST001S"),
    ],
)
def test_accounts_as_people_write_them(proven, typed, kept):
    """Examples of the registry of ISO 13616."""
    assert proven.post(PAGE, {"holder": "N", "iban": typed}).status_code == 302
    assert BankDetails.unrestricted.get().iban == kept


@pytest.mark.parametrize("holder", ["", "  ", "x" * 71])
def test_a_holder_is_needed(proven, cast, holder):
    assert proven.post(PAGE, {"holder": holder, "iban": SWISS}).status_code == 422
    assert send(proven, OWN, {"holder": holder, "iban": SWISS}).status_code == 400
    with pytest.raises(ValidationError):
        enter(cast.nadia, holder=holder)


def test_no_code_another_ones_code_and_a_stale_one_open_nothing(nadia, cast):
    for act in (None, "address", "users:bank_details"):
        if act:
            have_proven(nadia, cast.nadia, act)
        assert nadia.post(PAGE, TYPED)["Location"].startswith(f"{PROOF}?act=bank&")
        refused = send(nadia, OWN, TYPED)
        assert (refused.status_code, refused.json()["code"]) == (403, "fresh_proof_required")
    have_proven(nadia, cast.nadia, "bank")
    FreshProof.objects.update(created=timezone.now() - timedelta(seconds=301))
    assert nadia.post(PAGE, TYPED)["Location"].startswith(PROOF)
    assert send(nadia, OWN, TYPED).status_code == 403
    assert not BankDetails.unrestricted.exists()
    # An account waits in no session for the code.
    assert "6238" not in str(dict(nadia.session))


def test_only_insured_people_have_bank_details(cast, sign_in):
    for user in (cast.hugo, cast.reto, cast.zoe):
        browser = sign_in(user)
        assert browser.get(PAGE).status_code == browser.get(OWN).status_code == 404
        assert send(browser, OWN, TYPED).status_code == browser.delete(OWN).status_code == 404
        with pytest.raises(OutOfReach):
            enter(user)


def test_the_api_from_end_to_end(proven, cast, sign_in, token_of):
    first = send(proven, OWN, TYPED, **{"Idempotency-Key": "k"})
    again = send(proven, OWN, TYPED, **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert send(proven, OWN, TYPED).json()["code"] == "fresh_proof_required"
    key = first.json()[0]["id"]
    assert [row["id"] for row in proven.get(OWN).json()] == [key]
    assert proven.delete(OWN).status_code == 204
    assert proven.get(OWN).json() == []
    key = str(enter(cast.nadia).pk)
    assert send(proven, f"{API}{key}/approve/").status_code == 403
    # A program reads the last digits for its holder; it approves nothing, and no token carries that right.
    program = bearer(token_of(cast.reto, "bank.view"))
    found = program.get(f"{API}{key}/").json()
    assert (found["last_four"], found["iban"]) == ("2957", None)
    assert send(program, f"{API}{key}/approve/").status_code == 403
    with pytest.raises(ValidationError):
        token_of(cast.reto, "bank.approve", name="Payments")
    reto = sign_in(cast.reto, on=Client())
    assert send(reto, f"{API}{key}/decline/", {"reason": ""}).status_code == 400
    assert send(reto, f"{API}{key}/approve/").json()["state"] == "valid"
    assert send(reto, f"{API}{key}/approve/").json()["code"] == "decided"
    assert send(reto, f"{API}{key}/decline/", {"reason": "No."}).status_code == 409


# --- At the same time -------------------------------------------------------------------------------


def at_once(act):
    """Twenty calls of `act(number)` at once; what each returned, or the refusal it met."""

    def one(number):
        try:
            return act(number)
        except (NotNow, ValidationError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(one, range(20)))


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_end_with_one_request_and_one_decision(cast, enrolled, lines):
    browser = Client()
    sign_in_fully(browser, enrolled(cast.nadia))
    have_proven(browser, cast.nadia, "bank")
    ibans = [SWISS, GERMAN]

    def post(number):
        twin = Client()
        twin.cookies = browser.cookies
        return send(twin, OWN, {"holder": "N", "iban": ibans[number % 2]}).status_code

    answers = at_once(post)
    assert answers.count(201) == 1
    assert set(answers) <= {201, 403, 409}
    # Entered by the service without any code in between, replaced by one another while they are approved.
    found = at_once(
        lambda number: (
            enter(cast.nadia, ibans[number % 2])
            if number % 4
            else [
                services.approve_bank_details(row.pk, by=cast.reto)
                for row in bank.requests_to_approve(cast.reto)
            ]
        )
    )
    assert len(found) == 20
    standing = [state for state, _iban in states(cast.persons.nadia)]
    assert standing.count("waiting") <= 1
    assert standing.count("valid") <= 1
    BankDetails.unrestricted.all().delete()
    row = enter(cast.nadia)
    decided = len(lines("bank.approved")) + len(lines("bank.declined"))
    outcomes = at_once(
        lambda number: (
            services.approve_bank_details(row.pk, by=cast.reto)
            if number % 2
            else services.decline_bank_details(row.pk, "No.", by=cast.reto)
        )
    )
    assert sum(isinstance(each, BankDetails) for each in outcomes) == 1
    assert {each.code for each in outcomes if isinstance(each, NotNow)} == {"decided"}
    assert len(lines("bank.approved")) + len(lines("bank.declined")) == decided + 1


# --- When somebody leaves ---------------------------------------------------------------------------


def test_with_the_account_goes_what_waits_and_stays_what_is_paid(cast, lines):
    version = services.publish_terms("portal_terms", TEXTS)
    services.accept_terms(cast.nadia, [version.pk], language="fr")
    services.approve_bank_details(enter(cast.nadia).pk, by=cast.reto)
    enter(cast.nadia, GERMAN)
    services.withdraw(cast.nadia, cast.nadia.identifier)
    assert states(cast.persons.nadia) == [("valid", SWISS), ("withdrawn", "")]
    assert not BankDetails.unrestricted.exclude(user=None).exists()
    # The insurer still knows where the benefits of a case that lasts are paid to.
    assert [row.last_four for row in bank.details_of(cast.pauline, cast.persons.nadia)] == ["2957"]


def test_what_a_stranger_may_have_entered_is_taken_back(cast):
    enter(cast.nadia)
    services.raise_suspicion(User.objects.get(pk=cast.nadia.pk))
    assert states(cast.persons.nadia) == [("withdrawn", "")]
    enter(cast.jonas)
    services.deactivate(cast.jonas.pk, by=cast.reto)
    assert states(cast.persons.jonas) == [("withdrawn", "")]


def test_the_end_of_the_employment_leaves_them(cast):
    services.approve_bank_details(enter(cast.nadia).pk, by=cast.reto)
    yesterday = timezone.localdate() - timedelta(days=1)
    InsuredPerson.unrestricted.filter(pk=cast.persons.nadia.pk).update(employment_end=yesterday)
    services.approve_bank_details(enter(cast.nadia, GERMAN).pk, by=cast.reto)
    assert states(cast.persons.nadia) == [("former", SWISS), ("valid", GERMAN)]
