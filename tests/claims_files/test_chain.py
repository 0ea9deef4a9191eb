"""The chain of certificates: reckoned against a second reckoning day by day, and who knows of which days."""

from datetime import date, timedelta
from random import Random

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation

from claims_files import certificates, reading, services
from claims_files.chain import Certified, Fault, Finding, chain, missing_from
from claims_files.course import Days
from claims_files.models import CertifiedPeriod, ClaimFile, TimelineEntry
from claims_files.tasks import ending_certificates, remind_of_deadline, tell_of_ending_certificate
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence.models import Notification
from documents.models import Folder
from permissions.trail import AuditLine
from tests.factories_claims import open_claim
from tests.factories_documents import make_document

ORIGIN = date(2028, 2, 20)
TODAY = timezone.localdate()


def at(number):
    """A day so many days after one before the 29th of February and the change of the clocks."""
    return ORIGIN + timedelta(days=number)


def paper(begin, end, degree=100, issued=None):
    on = None if issued is None else at(issued)
    return Certified(at(begin), at(end), degree, on, on or at(begin))


def found(course, papers, today=60, backdating=5, warning=7):
    made = chain(
        [Days(at(begin), end if end is None else at(end), degree) for begin, end, degree in course],
        papers,
        today=at(today),
        backdating=backdating,
        warning=warning,
    )
    return [((each.begin - ORIGIN).days, (each.end - ORIGIN).days, each.fault.value, *each.degrees)
            for each in made.findings]  # fmt: skip


# Course, certificates, day of today, what is the matter.
CASES = {
    "every day": ([(0, 30, 100)], [paper(0, 30)], 60, []),
    "none at all": ([(0, None, 100)], [], 12, [(0, 12, "gap")]),
    "over the leap day": ([(0, 12, 100)], [paper(0, 8), paper(10, 12)], 60, [(9, 9, "gap")]),
    "day after day": ([(0, 12, 100)], [paper(0, 8), paper(9, 12)], 60, []),
    "the same degree twice": ([(0, 12, 100)], [paper(0, 9), paper(8, 12)], 60, []),
    "two degrees": (
        [(0, 8, 100), (9, 20, 50)], [paper(0, 12, issued=0), paper(9, 20, 50, issued=9)], 60, [(9, 12, "overlap", 100, 50)],
    ),
    "another degree": ([(0, 9, 100)], [paper(0, 9, 80)], 60, [(0, 9, "differs", 80, 100)]),
    "longer than reported": ([(0, 9, 100)], [paper(0, 12)], 60, [(10, 12, "differs", 100, 0)]),
    "a day too far back": ([(0, 20, 100)], [paper(0, 20, issued=6)], 60, [(0, 0, "backdated")]),
    "as far back as may be": ([(0, 20, 100)], [paper(0, 20, issued=5)], 60, []),
    "back-dated, but certified in time": ([(0, 20, 100)], [paper(0, 4, issued=0), paper(0, 20, issued=9)], 60, []),
    "ends within the week": ([(0, None, 100)], [paper(0, 20)], 13, [(20, 20, "expires")]),
    "ends today": ([(0, None, 100)], [paper(0, 20)], 20, [(20, 20, "expires")]),
    "not yet": ([(0, None, 100)], [paper(0, 20)], 12, []),
    "ended yesterday": ([(0, None, 100)], [paper(0, 20)], 21, [(21, 21, "gap")]),
    "back at work when it ends": ([(0, 20, 100)], [paper(0, 20)], 20, []),
    "days ahead are no gap": ([(0, 30, 100)], [paper(0, 5)], 10, [(6, 10, "gap")]),
    "at work between": ([(0, 4, 100), (5, 9, 0), (10, 12, 50)], [paper(0, 4), paper(10, 12, 50)], 60, []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_the_matter(name):
    course, papers, today, expected = CASES[name]
    assert found(course, papers, today) == expected
    assert found(course, papers[::-1], today) == expected, "the order of entry does not matter"


def test_without_a_rule_nothing_is_back_dated():
    assert found([(0, 20, 100)], [paper(0, 20, issued=19)], backdating=None) == []


def day_by_day(course, papers, today):
    """The same once more, each day for itself."""
    matters = {}
    for number in range(-5, 60):
        day = at(number)
        reported = next((d.degree for d in course if d.begin <= day <= (d.end or day)), 0)
        here = sorted((p for p in papers if p.begin <= day <= p.end), key=lambda p: (p.known, p.begin))
        if not here and reported and day <= today:
            matters[number, "gap"] = ()
        if here:
            if len({p.degree for p in here}) > 1:
                matters[number, "overlap"] = here[-1].degree
            if here[-1].degree != reported:
                matters[number, "differs"] = (here[-1].degree, reported)
            if all(p.issued and day < p.issued - timedelta(days=5) for p in here):
                matters[number, "backdated"] = ()
    return matters


def test_stretches_say_the_same_as_days():
    chance = Random(36)
    for _run in range(400):
        begin, course = chance.randrange(5), []
        for _each in range(chance.randrange(1, 4)):
            end = begin + chance.randrange(8)
            course.append(Days(at(begin), at(end), chance.choice((100, 50, 0))))
            begin = end + 1
        if chance.random() < 0.3:
            course[-1] = Days(course[-1].begin, None, 100)
        papers = []
        for number in range(chance.randrange(5)):
            first = chance.randrange(30)
            # No two issued on one day: which of them holds would be chance.
            issued = first + chance.randrange(12) * 5 + number if chance.random() < 0.7 else None
            length, degree = chance.randrange(9), chance.choice((100, 50))
            on = None if issued is None else at(issued)
            papers.append(Certified(at(first), at(first + length), degree, on, on or at(200 + number)))
        today = at(chance.randrange(50))
        made = chain(course, papers, today=today, backdating=5, warning=7)
        told = {}
        for each in made.findings:
            for number in range((each.begin - ORIGIN).days, (each.end - ORIGIN).days + 1):
                if each.fault == Fault.OVERLAP:
                    told[number, "overlap"] = each.degrees[-1]
                elif each.fault != Fault.EXPIRES:
                    told[number, each.fault.value] = each.degrees
        assert told == day_by_day(course, papers, today)


MISSING = {
    "none read": ([(0, None, 100)], [], 5, 0),
    "open end": ([(0, None, 100)], [paper(0, 20)], 5, 21),
    "run out": ([(0, None, 100)], [paper(0, 20)], 25, 21),
    "every day": ([(0, 20, 100)], [paper(0, 20)], 5, None),
    "every day of what is over": ([(0, 20, 100)], [paper(0, 20)], 40, None),
    "the end of what is over": ([(0, 20, 100)], [paper(0, 15)], 40, 16),
    "a gap ahead": ([(0, None, 100)], [paper(0, 8), paper(12, 20)], 5, 9),
    "in the gap": ([(0, None, 100)], [paper(0, 8), paper(12, 20)], 11, 9),
    "the gap is behind": ([(0, None, 100)], [paper(0, 8), paper(12, 20)], 12, 21),
    "the first days": ([(0, None, 100)], [paper(4, 20)], 2, 21),
    "another degree": ([(0, 8, 100), (9, None, 50)], [paper(0, 8)], 3, 9),
    "unable anew": ([(0, 4, 100), (5, 9, 0), (10, None, 100)], [paper(0, 4)], 12, 10),
    "over the leap day": ([(0, None, 100)], [paper(0, 9)], 9, 10),
    "nobody is away": ([], [paper(0, 9)], 9, None),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_from_when_on_a_certificate_is_missing(name):
    course, papers, today, expected = MISSING[name]
    days = [Days(at(begin), end if end is None else at(end), degree) for begin, end, degree in course]
    found = missing_from(days, papers[::-1], today=at(today))
    assert (found and (found - ORIGIN).days) == expected


def test_every_finding_is_a_sentence_in_four_languages():
    for fault in Fault:
        degrees = {Fault.OVERLAP: (100, 50), Fault.DIFFERS: (50, 100)}.get(fault, ())
        said = set()
        for language in ("en", "fr", "de", "it"):
            with translation.override(language):
                words = Finding(fault, at(0), at(9), degrees).words
            assert "%" not in words.replace(" %", "").replace("\xa0%", ""), words
            said.add(words)
        assert len(said) == 4, fault


# --- Who enters, confirms and takes out; who knows ------------------------------------------------

DAYS = {"begin": TODAY - timedelta(days=10), "end": TODAY - timedelta(days=4), "degree": 100}


def reported(cast, **fields):
    period = (TODAY - timedelta(days=10), None, 100)
    return open_claim(cast, periods=[period], event_date=period[0], **fields)


def sealed(cast, claim, by):
    folder = Folder.unrestricted.get(claim_file=claim)
    return make_document(folder, by, "medical", kind="certificate")


# Marco's claim file: entering, confirming, taking out what somebody else entered; ok, 403 or 404.
WHO = {
    "hugo": ("ok", 403, 403), "sonia": ("ok", 403, 403), "fiona": ("ok", 403, 403), "pauline": ("ok", "ok", "ok"),
    "felix": (404, 404, 404), "claire": (404, 404, 404), "nadia": (404, 404, 404), "elena": (404, 404, 404),
    "reto": (403, 403, 403), "sacha": (404, 404, 404),
}  # fmt: skip


def outcome(act, *what, **how):
    try:
        act(*what, **how)
    except NotAllowed:
        return 403
    except OutOfReach:
        return 404
    return "ok"


@pytest.mark.django_db
def test_who_may_do_what(cast):
    claim = reported(cast)
    for number, (name, expected) in enumerate(WHO.items()):
        by, own = getattr(cast, name), {**DAYS, "degree": 50 + number}
        somebody = cast.fiona if name == "hugo" else cast.hugo
        others = services.enter_certificate(claim.pk, **{**DAYS, "degree": 20 + number}, by=somebody)
        found_out = (
            outcome(services.enter_certificate, claim.pk, **own, by=by),
            outcome(services.confirm_certificate, others.pk, by=by),
            outcome(services.drop_certificate, others.pk, by=by),
        )
        assert found_out == expected, name


@pytest.mark.django_db
def test_own_slips_are_taken_out_until_the_insurer_has_confirmed(cast):
    claim = reported(cast)
    slip = services.enter_certificate(claim.pk, **DAYS, by=cast.hugo)
    with pytest.raises(NotNow) as twice:
        services.enter_certificate(claim.pk, **DAYS, by=cast.fiona)
    assert twice.value.code == "entered_already"
    services.drop_certificate(slip.pk, by=cast.hugo)
    with pytest.raises(NotNow) as gone:
        services.drop_certificate(slip.pk, by=cast.hugo)
    assert gone.value.code == "dropped_already"
    right = services.enter_certificate(claim.pk, **DAYS, by=cast.hugo)
    claim.refresh_from_db()
    assert claim.arrived_at is not None
    services.confirm_certificate(right.pk, by=cast.pauline)
    with pytest.raises(NotNow):
        services.confirm_certificate(right.pk, by=cast.pauline)
    with pytest.raises(NotAllowed):
        services.drop_certificate(right.pk, by=cast.hugo)
    services.drop_certificate(right.pk, by=cast.pauline)
    assert certificates.certified_of(claim, reading.INSURER) == []
    lines = AuditLine.unrestricted.filter(event__startswith="claim.certificate", company=cast.rochat.pk)
    assert lines.count() == 5


WRONG = {
    "begin": ({"begin": TODAY - timedelta(days=11)}, {"begin": TODAY + timedelta(days=200), "end": TODAY + timedelta(days=201)}),
    "end": ({"end": TODAY - timedelta(days=11)}, {"end": TODAY + timedelta(days=900)}),
    "degree": ({"degree": 0}, {"degree": 101}),
    "issued": ({"issued": TODAY + timedelta(days=1)}, {"issued": TODAY - timedelta(days=500)}),
}  # fmt: skip


@pytest.mark.django_db
def test_bad_input_and_wrong_moments_are_said(cast):
    claim = reported(cast)
    for field, cases in WRONG.items():
        for case in cases:
            with pytest.raises(ValidationError) as refused:
                services.enter_certificate(claim.pk, **{**DAYS, **case}, by=cast.hugo)
            assert list(refused.value.message_dict) == [field], case
    folder = Folder.unrestricted.get(claim_file=claim)
    wages = make_document(folder, cast.hugo, "administrative", kind="wage_statement")
    with pytest.raises(ValidationError):
        services.enter_certificate(claim.pk, **DAYS, document_id=wages.pk, by=cast.hugo)
    own = reported(cast, person=cast.persons.nadia)
    foreign = sealed(cast, own, cast.nadia)
    with pytest.raises(OutOfReach):
        services.enter_certificate(claim.pk, **DAYS, document_id=foreign.pk, by=cast.pauline)
    with pytest.raises(OutOfReach):
        services.enter_certificate(own.pk, **DAYS, document_id=foreign.pk, by=cast.hugo)
    services.take_over(claim.pk, by=cast.pauline)
    services.decline(claim.pk, reason="No cover.", legal_remedy="objection", by=cast.pauline)
    with pytest.raises(NotNow):
        services.enter_certificate(claim.pk, **DAYS, by=cast.hugo)


@pytest.mark.django_db
def test_what_stands_on_a_sealed_paper_is_not_the_employers_until_it_is_confirmed(cast, sign_in):
    claim = reported(cast, person=cast.persons.nadia)
    paper_ = sealed(cast, claim, cast.nadia)
    # A degree that stands nowhere else.
    secret = services.enter_certificate(
        claim.pk, **{**DAYS, "degree": 37}, document_id=paper_.pk, issued=TODAY, by=cast.nadia
    )
    assert secret.company_id is None
    assert AuditLine.unrestricted.get(event="claim.certificate_entered").company is None
    assert TimelineEntry.unrestricted.get(claim_file=claim, code="certified").audience == "person"
    employer, address = sign_in(cast.hugo), reverse("claims_files:api-certificates", args=[claim.pk])
    pages = [
        reverse(f"claims_files:{name}", args=[claim.pk])
        for name in ("detail", "incapacity", "documents", "timeline")
    ]
    for page in [*pages, address, reverse("claims_files:api-detail", args=[claim.pk])]:
        text = employer.get(page).content.decode()
        assert str(secret.pk) not in text
        assert "37 %" not in text.replace("\xa0", " ")
    assert employer.get(address).json()["periods"] == []
    with pytest.raises(OutOfReach):
        certificates.find(claim, reading.EMPLOYER, secret.pk)
    for act in (services.confirm_certificate, services.drop_certificate):
        with pytest.raises((OutOfReach, NotAllowed)):
            act(secret.pk, by=cast.hugo)
    # The same days entered by HR are not refused: a refusal would tell of the sealed ones.
    known = services.enter_certificate(claim.pk, **{**DAYS, "degree": 37}, by=cast.hugo)
    with pytest.raises(NotNow):
        services.confirm_certificate(secret.pk, by=cast.pauline)
    services.drop_certificate(known.pk, by=cast.hugo)
    services.confirm_certificate(secret.pk, by=cast.pauline)
    (row,) = employer.get(address).json()["periods"]
    assert (row["degree"], row["document"], row["issued"]) == (37, None, None)
    (row,) = sign_in(cast.nadia).get(address).json()["periods"]
    assert (row["document"], row["issued"]) == (str(paper_.pk), TODAY.isoformat())


@pytest.mark.django_db
def test_the_page_reads_a_certificate_off_and_says_what_is_missing(cast, sign_in):
    claim = reported(cast)
    folder = Folder.unrestricted.get(claim_file=claim)
    sent = make_document(folder, cast.hugo, "certificate", kind="certificate", name="arzt.pdf")
    hugo, page = sign_in(cast.hugo), reverse("claims_files:enter_certificate", args=[claim.pk])
    for where in ("documents", "incapacity"):
        assert (
            f"{page}?document={sent.pk}"
            in hugo.get(reverse(f"claims_files:{where}", args=[claim.pk])).content.decode()
        )
    form = hugo.get(f"{page}?document={sent.pk}").content.decode()
    assert f'value="{sent.pk}" id="id_document_0" checked' in " ".join(form.split())
    assert hugo.post(page, {"begin": "", "end": "1.1.2020", "degree": "200"}).status_code == 422
    written = {name: f"{DAYS[name]:%d.%m.%Y}" for name in ("begin", "end")}
    values = {**written, "degree": "100", "issued": "", "document": str(sent.pk)}
    text = hugo.post(page, values, follow=True).content.decode()
    gap = f"No certificate is known for {TODAY - timedelta(days=3):%d.%m.%Y} to {TODAY:%d.%m.%Y} (4 days)."
    assert gap in text
    assert f"{page}?document=" not in text
    assert "confirm/" not in text
    assert hugo.post(page, values).status_code == 409
    period = CertifiedPeriod.unrestricted.get()
    confirm = reverse("claims_files:confirm_certificate", args=[claim.pk, period.pk])
    assert hugo.post(confirm).status_code == 403
    pauline = sign_in(cast.pauline)
    assert confirm in pauline.get(reverse("claims_files:incapacity", args=[claim.pk])).content.decode()
    assert pauline.post(confirm).status_code == 302
    assert pauline.post(confirm).status_code == 409
    overview = pauline.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    assert gap in overview


@pytest.mark.django_db
def test_lists_find_what_expires_soon(cast):
    def with_end(days, person=None):
        claim = reported(cast, person=person)
        services.enter_certificate(
            claim.pk, begin=DAYS["begin"], end=TODAY + timedelta(days=days), degree=100, by=cast.hugo
        )
        return claim.pk

    expected = {with_end(0), with_end(7)}
    with_end(-1), with_end(8)
    over = open_claim(
        cast, periods=[(DAYS["begin"], TODAY + timedelta(days=3), 100)], event_date=DAYS["begin"]
    )
    services.enter_certificate(
        over.pk, begin=DAYS["begin"], end=TODAY + timedelta(days=3), degree=100, by=cast.hugo
    )
    rows = certificates.expiring(ClaimFile.unrestricted.all(), TODAY, 7)
    assert set(rows.values_list("pk", flat=True)) == expected


@pytest.mark.django_db
def test_a_birth_and_a_small_accident_need_no_certificate(cast):
    for kind in ("maternity", "minor_accident"):
        claim = reported(cast, kind=kind)
        periods = reading.periods_of([claim])[claim.pk]
        assert certificates.chain_of(claim, reading.INSURER, periods, []).findings == ()


@pytest.mark.django_db
def test_back_dated_days_are_said_to_the_insurer_and_the_person_for_a_sickness_allowance(cast):
    for contract, said in ((cast.ktg, True), (cast.laa, False)):
        claim = reported(cast, contract=contract)
        services.enter_certificate(claim.pk, **DAYS, issued=TODAY, by=cast.pauline)
        for side, told in ((reading.INSURER, said), (reading.PERSON, said), (reading.EMPLOYER, False)):
            certified, periods = certificates.certified_of(claim, side), reading.periods_of([claim])[claim.pk]
            faults = [each.fault for each in certificates.chain_of(claim, side, periods, certified).findings]
            assert (Fault.BACKDATED in faults) == told, (contract, side)


@pytest.mark.django_db
def test_the_person_and_the_insurer_are_told_once_before_a_certificate_ends(cast, monkeypatch):
    claim = reported(cast, person=cast.persons.nadia)
    services.take_over(claim.pk, by=cast.pauline)
    waiting = []
    monkeypatch.setattr(tell_of_ending_certificate, "defer", lambda *, claim_id: waiting.append(claim_id))

    def morning():
        waiting.clear()
        ending_certificates(0)
        for each in (*waiting, str(claim.pk)):
            tell_of_ending_certificate(each)
        return sorted(
            Notification.objects.filter(event="claim.certificate_ending").values_list("user", flat=True)
        )

    def certified_until(days):
        return services.enter_certificate(
            claim.pk, begin=DAYS["begin"], end=TODAY + timedelta(days=days), degree=100, by=cast.hugo
        )

    assert morning() == []
    certified_until(6)
    both = sorted([cast.nadia.pk, cast.pauline.pk])
    assert morning() == both
    assert morning() == both, "once for a certificate"
    certified_until(30)
    assert morning() == both
    assert AuditLine.unrestricted.get(event="claim.certificate_ending").company is None


@pytest.mark.django_db
def test_of_the_end_of_a_certificate_nobody_is_told_twice(cast):
    """Neither by the deadline that follows from it, nor because its days were taken out and entered again."""
    claim = reported(cast, person=cast.persons.nadia)
    services.take_over(claim.pk, by=cast.pauline)
    days = {"begin": DAYS["begin"], "end": TODAY + timedelta(days=6), "degree": 100}
    first = services.enter_certificate(claim.pk, **days, by=cast.pauline)
    for _time in range(2):
        for row in services.deadlines_to_tell(TODAY):
            remind_of_deadline(str(row.pk))
        for row in services.ending(TODAY):
            tell_of_ending_certificate(str(row.pk))
        if _time == 0:
            services.drop_certificate(first.pk, by=cast.pauline)
            services.enter_certificate(claim.pk, **days, by=cast.pauline)
    told = Notification.objects.filter(
        user=cast.nadia, event__in=["claim.certificate_ending", "claim.deadline_near"]
    )
    assert [row.event for row in told] == ["claim.certificate_ending"]


@pytest.mark.django_db
def test_where_no_allowance_is_paid_nobody_waits_for_a_certificate(cast):
    claim = reported(cast)
    services.enter_certificate(
        claim.pk, begin=DAYS["begin"], end=TODAY + timedelta(days=3), degree=100, by=cast.hugo
    )
    ClaimFile.unrestricted.filter(pk=claim.pk).update(
        state="medical_only", employer_state="medical_only", health_manager=cast.pauline,
        taken_over_at=timezone.now(), decided_at=timezone.now(),
    )  # fmt: skip
    assert not services.ending(TODAY).exists()
    assert certificates.ends_of([ClaimFile.unrestricted.get(pk=claim.pk)], TODAY) == {}
