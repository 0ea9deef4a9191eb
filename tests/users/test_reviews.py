"""Access reviews: opened by period, every right confirmed or dropped by somebody else, ended with a signed report."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import date, timedelta

import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import signing
from core.deployment import check_signing_key
from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.policy import can
from tests.factories import make_user
from users import review_paper, services, summary
from users import review_tasks as tasks
from users import reviews as reading
from users.models import AccessReview, ReviewedRight, ReviewReport, ReviewSettings
from users.services import HAND_ON, Choice
from users.services.reviews import period_of

KEEP, DROP = "confirmed", "dropped"


@pytest.fixture
def review(cast):
    """The review of Rochat: Claire (administrator, manages users), Hugo, Sonia, Félix and Fiona hold rights there."""
    return services.open_review(cast.rochat.pk)


@pytest.fixture(autouse=True)
def own_key(settings, tmp_path_factory):
    """One signing key for all tests of a worker."""
    settings.DATA_DIR = tmp_path_factory.getbasetemp()


def right_of(review, user, **narrowed):
    return ReviewedRight.unrestricted.get(review=review, user=user, **narrowed)


def choose(review, by, **decisions):
    """Decide as somebody who has just looked: `choose(review, cast.claire, confirmed=[cast.hugo])`."""
    chosen = {
        right.pk: Choice(decision, right.version)
        for decision, users in decisions.items()
        for user in users
        for right in [right_of(review, user)]
    }
    return services.decide_rights(review.pk, chosen, by=by)


def state_of(review):
    return AccessReview.unrestricted.get(pk=review.pk).state


# --- When they open ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day, months, begin, end",
    [
        ("2026-11-22", 3, "2026-10-01", "2026-12-31"),
        ("2026-01-01", 3, "2026-01-01", "2026-03-31"),
        ("2028-02-29", 1, "2028-02-01", "2028-02-29"),
        ("2026-12-31", 1, "2026-12-01", "2026-12-31"),
        ("2026-06-30", 6, "2026-01-01", "2026-06-30"),
        ("2026-07-01", 12, "2026-01-01", "2026-12-31"),
    ],
)
def test_a_day_lies_in_one_period(day, months, begin, end):
    assert period_of(date.fromisoformat(day), months) == (date.fromisoformat(begin), date.fromisoformat(end))


def test_it_opens_once_a_period_for_companies_that_had_rights_before_it(cast, run_jobs, mailoutbox, lines):
    today = timezone.localdate()
    begin, _end = period_of(today, 3)
    for table in grants.GRANT_TABLES:
        table.objects.update(granted=timezone.now() - timedelta(days=400))
    assert set(services.companies_to_review(begin)) == {cast.rochat.pk, cast.keller.pk}
    # Nothing is owed at companies whose first right was given within the period.
    grants.CompanyGrant.objects.filter(content_object=cast.keller).update(granted=timezone.now())
    assert services.companies_to_review(begin) == [cast.rochat.pk]
    tasks.run_reviews(timestamp=0)
    run_jobs()
    # A second worker, a second run, a missed day: one review.
    assert services.open_review(cast.rochat.pk, today=today) is None
    assert services.companies_to_review(today) == []
    (review,) = AccessReview.unrestricted.all()
    assert (review.begin, review.due) == (begin, today + timedelta(days=30))
    held = set(ReviewedRight.unrestricted.values_list("user", "preset"))
    assert held == {
        (cast.claire.pk, "administrator"), (cast.hugo.pk, "hr"), (cast.sonia.pk, "hr_site"),
        (cast.felix.pk, "finance"), (cast.fiona.pk, "fiduciary"),
    }  # fmt: skip
    # Claire alone decides there; her own right is the contract manager's to look at.
    assert [right.user for right in ReviewedRight.unrestricted.filter(for_insurer=True)] == [cast.claire]
    assert [mail.to for mail in mailoutbox] == [[cast.claire.email]]
    (line,) = lines("review.opened")
    assert (line.actor, line.company, line.facts["rights"]) == (None, cast.rochat.pk, 5)


def test_it_is_reminded_on_its_days_and_the_contract_manager_hears_when_it_is_overdue(
    cast, review, run_jobs, mailoutbox
):
    run_jobs()
    mailoutbox.clear()
    told = []
    for left in range(30, -16, -1):
        day = review.due - timedelta(days=left)
        services.look_after(review.pk, today=day)
        services.look_after(review.pk, today=day)
        run_jobs()
        told += [left] * len(mailoutbox)
        assert {mail.to[0] for mail in mailoutbox} <= {cast.claire.email}
        mailoutbox.clear()
    assert told == [14, 3, 0, -1, -8, -15]
    assert services.overdue_since(review.due) == {cast.reto.pk: 1}
    AccessReview.unrestricted.update(due=timezone.localdate() - timedelta(days=1))
    tasks.run_reviews(timestamp=0)
    run_jobs()
    assert sorted(mail.to[0] for mail in mailoutbox) == [cast.claire.email, cast.reto.email]
    assert "Rochat" not in mailoutbox[0].subject


def test_the_next_one_ends_the_one_that_is_still_open(cast, review, run_jobs, lines):
    choose(review, cast.claire, confirmed=[cast.hugo])
    later = services.open_review(cast.rochat.pk, today=review.end + timedelta(days=1))
    run_jobs()
    assert later.begin == review.end + timedelta(days=1)
    assert (state_of(review), state_of(later)) == ("unfinished", "open")
    (line,) = lines("review.unfinished")
    assert {key: line.facts[key] for key in ("confirmed", "open")} == {"confirmed": 1, "open": 4}
    with pytest.raises(NotNow):
        choose(review, cast.claire, confirmed=[cast.felix])


# --- Deciding ---------------------------------------------------------------------------------------


def test_the_whole_review_ends_in_a_signed_report(cast, review, run_jobs, lines, tmp_path):
    assert choose(review, cast.claire, confirmed=[cast.hugo, cast.sonia], dropped=[cast.felix]) == 3
    # At once, by the rules of taking away; and the line says that it was in a review.
    assert not can(cast.felix, "invoice.view", cast.rochat)
    (line,) = lines("access.revoked")
    assert (line.actor, line.facts["user"], line.facts["review"]) == (
        cast.claire.pk, str(cast.felix.pk), str(review.pk),
    )  # fmt: skip
    assert len(lines("review.confirmed")) == 2
    # Taken away otherwise: nothing is left to decide about it.
    services.remove_access(right_of(review, cast.fiona).grant, by=cast.claire)
    choose(review, cast.reto, confirmed=[cast.claire])
    assert right_of(review, cast.fiona).decision == "gone"
    assert state_of(review) == "ended"
    with pytest.raises(OutOfReach):
        services.find_report(review)
    run_jobs()
    assert state_of(review) == "completed"
    report = services.find_report(review)
    (line,) = lines("review.completed")
    assert line.facts["sha256"] == report.sha256 == hashlib.sha256(report.pdf).hexdigest()
    assert (line.actor, line.facts["confirmed"], line.facts["dropped"], line.facts["gone"]) == (
        cast.reto.pk, 3, 1, 1,
    )  # fmt: skip
    # Made once, whoever asks again.
    assert services.make_review_report(review.pk) is None
    _read_the_report(report, tmp_path)


def _read_the_report(report, folder):
    seal = signing.seal_of(report.pdf)
    assert seal.holds
    assert seal.certificate_sha256 == report.certificate_sha256 == signing.certificate_fingerprint()
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(report.pdf)).pages)
    for name in ("Hugo Favre", "Félix Dubois", "Reto Tschanz", "Atelier Rochat SA"):
        assert name in words
    # One byte of the table changed, or something put behind it: it shows.
    place = report.pdf.index(b"stream", 3000) + 30
    changed = report.pdf[:place] + bytes([report.pdf[place] ^ 1]) + report.pdf[place + 1 :]
    assert not (seal := signing.seal_of(changed)) or not seal.holds
    assert not signing.seal_of(report.pdf + b"\n%%more").holds
    assert signing.seal_of(b"%PDF-1.7 nothing") is None
    for name, content in (("whole", report.pdf), ("changed", changed)):
        (folder / name).write_bytes(content)
    out = io.StringIO()
    call_command("check_report", folder / "whole", stdout=out)
    assert report.sha256 in out.getvalue()
    with pytest.raises(CommandError):
        call_command("check_report", folder / "changed", stdout=out)
    ReviewReport.objects.update(pdf=changed)
    with pytest.raises(RuntimeError):
        services.find_report(report.review)


def test_a_report_that_cannot_be_signed_waits_for_a_key_that_holds(
    cast, review, run_jobs, sign_in, settings, tmp_path, english
):
    """Neither an ended certificate nor one of tomorrow signs; operators hear of it before and then, and it is made up for."""
    key, now, day = tmp_path / "key.p12", timezone.now(), timedelta(days=1)

    def deploy(begin, end):
        key.write_bytes(
            signing.self_signed("Insurer", "Portal", begin=now + begin * day, end=now + end * day)
        )
        return [found.id for found in check_signing_key(None)]

    assert check_signing_key(None) == []
    settings.SIGNING_KEY_FILE = str(key)
    assert [found.id for found in check_signing_key(None)] == ["core.E001"]
    key.write_bytes(b"no key")
    assert [found.id for found in check_signing_key(None)] == ["core.E001"]
    AccessReview.unrestricted.filter(pk=review.pk).update(ended=now)
    tasks.run_reviews(timestamp=0)
    for begin, end in ((-9, -1), (1, 9)):
        assert deploy(begin, end) == ["core.E001"]
        with pytest.raises(signing.NoKey, match=f"to {now + end * day:%Y-%m-%d} only"):
            tasks.make_review_report(review_id=str(review.pk))
    assert state_of(review) == AccessReview.State.ENDED
    page = sign_in(cast.claire).get(reverse("users:review", args=[review.pk])).content.decode()
    assert "Its signed report follows" in page
    assert deploy(-9, 40) == []
    assert deploy(-9, 29) == ["core.W001"]
    run_jobs()
    assert state_of(review) == AccessReview.State.COMPLETED


def test_who_decides_and_who_does_not(cast, review):
    for nobody in (cast.bruno, cast.hugo, cast.fiona, cast.zoe, cast.pauline):
        with pytest.raises(OutOfReach):
            choose(review, nobody, confirmed=[cast.felix])
    with pytest.raises(NotAllowed):
        choose(review, cast.sacha, confirmed=[cast.felix])
    # Nobody on his own rights, and never by a row of another review.
    with pytest.raises(NotAllowed):
        choose(review, cast.claire, confirmed=[cast.claire])
    other = services.open_review(cast.keller.pk)
    foreign = right_of(other, cast.bruno)
    with pytest.raises(OutOfReach):
        services.decide_rights(review.pk, {foreign.pk: Choice(KEEP, foreign.version)}, by=cast.claire)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewedRight.unrestricted.filter(user=cast.claire, review=review).update(decided_by=cast.claire)
    # Somebody was faster; and all or nothing.
    choose(review, cast.reto, confirmed=[cast.hugo])
    with pytest.raises(NotNow):
        choose(review, cast.claire, confirmed=[cast.hugo], dropped=[cast.felix])
    assert can(cast.felix, "invoice.view", cast.rochat)


def test_one_decides_on_what_one_saw(cast, review):
    seen = right_of(review, cast.felix).version
    services.change_grant(right_of(review, cast.felix).grant, preset="hr", by=cast.claire)
    for decision in (KEEP, DROP):
        with pytest.raises(NotNow):
            services.decide_rights(
                review.pk, {right_of(review, cast.felix).pk: Choice(decision, seen)}, by=cast.claire
            )
    (entry,) = reading.shown(cast.claire, reading.rights_in(cast.claire, review).filter(user=cast.felix))
    assert (entry.changed, entry.right.preset) == (True, "hr")
    services.decide_rights(review.pk, {entry.right.pk: Choice(KEEP, entry.right.version)}, by=cast.claire)
    assert (right_of(review, cast.felix).preset, right_of(review, cast.felix).decision) == ("hr", KEEP)


def test_user_management_is_dropped_by_the_contract_manager_alone_and_never_the_last_one(cast, review, lines):
    with pytest.raises(NotNow):
        choose(review, cast.reto, dropped=[cast.claire])
    zoe = make_user("Zita", "Zwahlen")
    grants.grant(
        cast.rochat, to=zoe, preset="administrator", extra=["users.manage"], by=cast.reto, second=cast.sacha
    )
    with pytest.raises(NotAllowed):
        choose(review, zoe, dropped=[cast.claire])
    ReviewedRight.unrestricted.update(for_insurer=False)
    assert not reading.waiting_reviews(cast.reto).exists()
    choose(review, zoe, **{HAND_ON: [cast.claire]})
    assert len(lines("review.handed_on")) == 1
    assert reading.waiting_reviews(cast.reto).get() == review
    choose(review, cast.reto, dropped=[cast.claire])
    assert not can(cast.claire, "users.manage", cast.rochat)


def test_all_of_a_role_at_once_but_what_was_changed(cast, review, lines):
    others = [make_user("Ida", f"Neu {number}") for number in range(3)]
    for user in others:
        grants.grant(cast.rochat, to=user, preset="finance", by=cast.reto)
    AccessReview.unrestricted.update(ended=timezone.now())
    review = services.open_review(cast.rochat.pk, today=review.end + timedelta(days=1))
    assert reading.roles_to_confirm(cast.claire, review) == {"finance": 4}
    with pytest.raises(NotNow):
        services.decide_rights(review.pk, {}, by=cast.claire, keep_role="finance", number=3)
    services.change_grant(right_of(review, others[0]).grant, preset="finance", by=cast.claire,
                          until=timezone.localdate() + timedelta(days=9))  # fmt: skip
    # One of them is dropped by the same click.
    chosen = right_of(review, others[1])
    done = services.decide_rights(
        review.pk, {chosen.pk: Choice(DROP, chosen.version)}, by=cast.claire, keep_role="finance", number=4
    )
    assert done == 3
    decided = {right.user: right.decision for right in ReviewedRight.unrestricted.filter(review=review)}
    assert [decided[user] for user in [*others, cast.felix]] == ["open", DROP, KEEP, KEEP]
    (line,) = lines("review.confirmed")
    assert (line.facts["preset"], line.facts["rights"]) == ("finance", 2)


def test_keeping_all_of_a_role_leaves_single_claim_files_to_their_own_heading(cast, sign_in, lines):
    from tests.factories_claims import open_claim

    held = []
    for user, preset in ((cast.zoe, "hr"), (cast.felix, "hr"), (make_user("Ida", "Neu"), "fiduciary")):
        held.append((user, grants.grant(open_claim(cast), to=user, preset=preset, by=cast.reto).uuid))
    grants.grant(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto)
    review = services.open_review(cast.rochat.pk)
    page = sign_in(cast.claire).get(reverse("users:review", args=[review.pk])).content.decode()
    assert reading.roles_to_confirm(cast.claire, review) == {"hr": 2, "claim_file": 3}
    assert re.findall(r'name="keep_role" value="([^"]*)"', page) == ["hr:2", "claim_file:3"]
    role, files = (part for part in page.split('<caption class="vh">')[1:] if "Zoé" in part)
    assert [words.count("-version") for words in (role, files)] == [2, 3]

    def kept():
        return [right_of(review, user, grant=grant).decision == KEEP for user, grant in held]

    assert services.decide_rights(review.pk, {}, by=cast.claire, keep_role="hr", number=2) == 2
    assert kept() == [False] * 3
    assert services.decide_rights(review.pk, {}, by=cast.claire, keep_role="claim_file", number=3) == 3
    assert kept() == [True] * 3
    assert [line.facts for line in lines("review.confirmed")] == [
        {"preset": "hr", "rights": 2}, {"scope": "claim_file", "rights": 3},
    ]  # fmt: skip


# --- Settings and names -----------------------------------------------------------------------------


def test_settings_are_set_by_whoever_manages_the_portal_and_hold_from_the_next_review_on(cast, lines):
    with pytest.raises(NotAllowed):
        services.set_review_settings(ReviewSettings(months=6), by=cast.reto)
    for wrong in ({"days": 5}, {"months": 1, "days": 30}, {"days": 10, "reminders": [10]}, {"months": 2}):
        with pytest.raises(ValidationError):
            services.set_review_settings(ReviewSettings(**wrong), by=cast.sacha)
    services.set_review_settings(ReviewSettings(months=12, days=60, reminders=[20]), by=cast.sacha)
    review = services.open_review(cast.rochat.pk, today=date(2026, 11, 22))
    assert (review.begin, review.end, review.due) == (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 21))
    (line,) = lines("settings.review_changed")
    assert (line.facts["months"], line.company) == (12, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewSettings.objects.create(id=2)


# --- Pages and API ----------------------------------------------------------------------------------


def test_pages_lead_through_a_review(cast, review, sign_in, run_jobs, english):
    browser = sign_in(cast.claire)
    page = reverse("users:review", args=[review.pk])
    assert page in browser.get(reverse("home")).content.decode()
    shown = browser.get(page).content.decode()
    own, felix = right_of(review, cast.claire), right_of(review, cast.felix)
    assert f'name="{felix.pk}-decision"' in shown
    assert f'name="{own.pk}-decision"' not in shown
    sent = {
        f"{right_of(review, user).pk}-{field}": value
        for user, decision in ((cast.felix, DROP), (cast.hugo, KEEP), (cast.sonia, KEEP), (cast.fiona, KEEP))
        for field, value in (("decision", decision), ("version", right_of(review, user).version))
    }
    asked = browser.post(page, sent)
    assert asked.status_code == 200
    assert "Remove these rights?" in asked.content.decode()
    assert can(cast.felix, "invoice.view", cast.rochat)
    assert 'value="dropped"' in browser.post(page, {**sent, "change": "1"}).content.decode()
    assert browser.post(page, {**sent, "sure": "1"}).status_code == 302
    assert not can(cast.felix, "invoice.view", cast.rochat)
    # Too late with the same page: nothing is saved, and it says why.
    again = browser.post(page, {**sent, "sure": "1"})
    assert (again.status_code, "Nothing was saved" in again.content.decode()) == (409, True)
    assert page not in browser.get(reverse("home")).content.decode()
    # What is left is the contract manager's, on his home page and on the company's.
    reto = sign_in(cast.reto, on=Client())
    assert page in reto.get(reverse("home")).content.decode()
    assert "4 of 5" in reto.get(reverse("companies:company", args=[cast.rochat.pk])).content.decode()
    assert reto.post(page, {f"{own.pk}-decision": KEEP, f"{own.pk}-version": own.version}).status_code == 302
    file = reverse("users:review_report", args=[review.pk])
    assert reto.get(file).status_code == 404
    run_jobs()
    answer = reto.get(file)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store, private")
    report = services.find_report(review)
    assert answer.content == report.pdf
    assert report.sha256 in browser.get(page).content.decode()
    listed = reto.get(reverse("users:reviews"), {"state": "completed"}).content.decode()
    assert page in listed
    assert page not in reto.get(reverse("users:reviews"), {"state": "overdue"}).content.decode()


def test_the_api_does_the_same(cast, review, sign_in, run_jobs):
    browser = sign_in(cast.claire)
    rights = browser.get(reverse("reviewed-right-list"), {"review": review.pk, "page_size": 100}).json()[
        "results"
    ]
    by_user = {each["user"]: each for each in rights}
    assert len(rights) == 5

    def act(user, word, on=browser, **more):
        right = by_user[str(user.pk)]
        path = reverse(f"reviewed-right-{word}", args=[right["id"]])
        return on.post(path, {"version": right["version"], **more}, content_type="application/json")

    assert act(cast.felix, "confirm", version="another").status_code == 409
    assert act(cast.claire, "confirm").status_code == 403
    assert act(cast.felix, "drop").json()["decision"] == DROP
    assert act(cast.hugo, "confirm").json()["decided_by"] == str(cast.claire.pk)
    kept = browser.post(
        reverse("access-review-keep-role", args=[review.pk]),
        {"preset": "fiduciary", "number": 1},
        content_type="application/json",
    )
    assert (kept.json()["left"], kept.json()["state"]) == (2, "open")
    assert act(cast.sonia, "confirm").status_code == 200
    assert act(cast.claire, "confirm", on=sign_in(cast.reto, on=Client())).status_code == 200
    run_jobs()
    read = browser.get(reverse("access-review-detail", args=[review.pk])).json()
    assert (read["state"], read["report_sha256"]) == ("completed", services.find_report(review).sha256)
    assert browser.get(reverse("access-review-report", args=[review.pk])).content[:5] == b"%PDF-"


def test_nobody_sees_in_a_review_who_sees_his_own_case(cast):
    """A right on a single claim file stands there for everybody but the person it is about."""
    from tests.factories import make_person
    from tests.factories_claims import open_claim

    insured = make_person(cast.rochat, cast.lausanne, "Claire", "Monnier", user=cast.claire)
    claim = open_claim(cast, person=insured)
    grants.grant(claim, to=cast.zoe, preset="hr", by=cast.reto)
    review = services.open_review(cast.rochat.pk)
    counted = {
        user.pk: reading.reviews_for(user).get(pk=review.pk).total for user in (cast.claire, cast.reto)
    }
    assert counted == {cast.claire.pk: 5, cast.reto.pk: 6}
    right = right_of(review, cast.zoe)
    with pytest.raises(OutOfReach):
        services.decide_rights(review.pk, {right.pk: Choice(KEEP, right.version)}, by=cast.claire)
    assert choose(review, cast.reto, confirmed=[cast.zoe]) == 1


def test_a_claim_file_that_the_reader_does_not_see_has_no_number_in_a_review(cast, sign_in, run_jobs):
    from tests.factories_claims import open_claim

    claim = open_claim(cast)
    grants.grant(claim, to=cast.zoe, preset="hr", by=cast.reto)
    review = services.open_review(cast.rochat.pk)
    for reader, knows in ((cast.claire, False), (cast.sacha, False), (cast.reto, True)):
        page = sign_in(reader, on=Client()).get(reverse("users:review", args=[review.pk]))
        assert (claim.number in page.content.decode()) == knows, reader
    # It makes nobody HR, and the report is read by all of them.
    (entry,) = reading.shown(cast.claire, [right_of(review, cast.zoe)])
    assert entry.role == summary.FILE_ROLE
    review.ended = timezone.now()
    (row,) = [
        row
        for group in review_paper.paper_of(review)["groups"]
        for row in group["rows"]
        if row["person"] == cast.zoe.name
    ]
    assert claim.number not in str(row)
    assert row["role"] == summary.FILE_ROLE


def test_a_company_of_hundreds_asks_the_database_as_often_as_one_of_ten(cast, sign_in):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(number):
        people = [make_user("Pia", f"Muster {each}", password="x") for each in range(number)]
        with transaction.atomic():
            for user in people:
                grants.write(cast.rochat, to=user, preset="payroll", by=cast.reto)
        AccessReview.unrestricted.update(ended=timezone.now())
        AccessReview.unrestricted.filter(begin__gte=date(2027, 1, 1)).update(
            begin=date(2000, 1, 1) + timedelta(days=number)
        )
        review = services.open_review(cast.rochat.pk, today=date(2027, 1, 1))
        page = reverse("users:review", args=[review.pk])
        assert browser.get(page).status_code == 200
        with CaptureQueriesContext(connection) as queries:
            browser.get(page)
        return len(queries)

    browser = sign_in(cast.claire)
    assert asked(8) == asked(52)
