"""Six hundred cases in every state, drafts included: reported, decided and closed through the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import F
from django.utils import timezone

from claims_files import openings
from claims_files import services as claims
from claims_files.course import Days
from claims_files.models import ClaimFile, PaperRequest, TimelineEntry
from claims_files.reading import further_contracts, insurances_of
from companies.models import Company, Contract, InsuredPerson
from declarations import services as declarations
from declarations.models import Declaration
from documents import services as documents
from documents.models import Document
from enterprise_portal.demo.kinds import PARENTS_BORN_SINCE, fitted, kind_for
from enterprise_portal.demo.own_parts import make_own_parts
from enterprise_portal.demo.papers import paper

ACCIDENTS = {
    "fr": (("Chute dans l’escalier", "Escalier mouillé, glissade en descendant", "knee", "sprain"),
           ("Coupure à l’établi", "La scie a ripé pendant la coupe d’un panneau", "finger", "wound"),
           ("Match de football", "Choc avec un adversaire pendant le match", "ankle", "tear")),
    "de": (("Sturz von der Leiter", "Die Leiter ist auf nassem Boden weggerutscht", "wrist", "fracture"),
           ("Beim Heben verletzt", "Beim Anheben einer Palette Stich im Rücken", "back", "sprain"),
           ("Skiunfall", "Auf eisiger Piste verkantet und gestürzt", "knee", "tear")),
    "it": (("Caduta in cucina", "Scivolato sul pavimento bagnato", "hip", "bruise"),
           ("Incidente in bicicletta", "Urtato da un’auto all’incrocio", "shoulder", "fracture"),
           ("Scottatura al forno", "Toccata la teglia calda", "hand", "burn")),
}  # fmt: skip

SWISS = {"fr": "Suisse", "de": "Schweiz", "it": "Svizzera"}


class Calendar:
    """Days going forward through the year, so that numbers and dates grow together."""

    def __init__(self, count: int) -> None:
        today = timezone.localdate()
        self.span = max(200, today.timetuple().tm_yday - 5)
        self.count = count

    def age(self, place: int) -> int:
        """How many days ago the case at this place was reported; the last one today."""
        return round(self.span * (1 - (place + 1) / self.count))


def make_cases(
    random: Random,
    companies: dict[str, Company],
    hr: dict[str, Any],
    pauline: Any,
    count: int,
    step: Callable[[int], None],
) -> None:
    """Report `count` cases, old ones first, and let the health manager deal with them; `step(1)` each."""
    calendar = Calendar(count)
    people = {
        key: list(
            InsuredPerson.unrestricted.filter(company=company, employment_end=None, user=None)
            .filter(employment_begin__lt=timezone.localdate() - timedelta(days=calendar.span + 60))
            .select_related("company")
            .order_by("insured_number")
        )
        for key, company in companies.items()
    }
    weights = [len(people[key]) for key in companies]
    for place in range(count):
        key = random.choices(list(companies), weights)[0]
        person = random.choice(people[key])
        people[key].remove(person)
        age = calendar.age(place)
        claim = report(random, person, kind_for(random, person), age, by=hr[key])
        handle(random, claim, age, place, pauline)
        step(1)


def make_stories(
    random: Random, companies: dict[str, Company], users: dict[str, Any], hr: dict[str, Any], pauline: Any
) -> None:
    """The cast's own cases: Nadia's accident waits for a document, Elena's illness runs; drafts lie about."""
    nadia = InsuredPerson.unrestricted.get(user=users["nadia"])
    claim = report(random, nadia, "accident", 12, by=hr["rochat"])
    claims.take_over(claim.pk, by=pauline)
    claims.request_paper(claim.pk, kind="certificate", addressee="employer", by=pauline)
    claims.request_paper(claim.pk, kind="medical_report", addressee="person", by=pauline)
    for reader in (hr["rochat"], pauline):
        openings.note_opening(claim, by=reader)
    elena = InsuredPerson.unrestricted.get(user=users["elena"])
    claim = report(random, elena, "illness", 30, by=hr["keller"])
    claims.take_over(claim.pk, by=pauline)
    claims.accept(claim.pk, by=pauline)
    _decided_stories(random, companies["keller"], hr["keller"], pauline)
    claims.save_view(pauline, name="Rochat, en attente", filters={"q": "nadia", "view": "mine"})
    make_own_parts(users, hr)
    for key in ("rochat", "keller", "vallon", "limmat"):
        people = InsuredPerson.unrestricted.filter(company=companies[key], user=None, employment_end=None)
        for person in people.order_by("-insured_number")[:3]:
            draft = declarations.start(person, random.choice(("illness", "accident")), by=hr[key])
            declarations.save_part(draft.pk, "person", person_part(person), by=hr[key])
    for kind, key in (
        ("maternity", "rochat"),
        ("relapse", "keller"),
        ("dental", "vallon"),
        ("severe_accident", "limmat"),
    ):
        declarations.start(_whose(kind, companies[key]), kind, by=hr[key])
    # Reported at once with what was known; the rest may follow.
    hasty = InsuredPerson.unrestricted.filter(company=companies["rochat"], user=None, employment_end=None)
    draft = declarations.start(hasty.order_by("insured_number")[4], "accident", by=hr["rochat"])
    event = {
        "accident_date": timezone.localdate() - timedelta(days=1),
        "date_precision": "clarifying",
        "course": "A glissé dans l’atelier et s’est retenue à une machine. Les détails suivront.",
    }
    declarations.save_part(draft.pk, "event", event, by=hr["rochat"])
    declarations.submit(draft.pk, by=hr["rochat"])
    jonas = InsuredPerson.unrestricted.get(user=users["jonas"])
    begun = declarations.start(jonas, "illness", by=users["jonas"])
    # What he has to answer before he can hand it over.
    declarations.save_part(begun.pk, "event", {"cause": "illness"}, by=users["jonas"])
    _after_sending(random, companies["rochat"], hr["rochat"], pauline)


def _whose(kind: str, company: Company) -> InsuredPerson:
    """Of whom a draft of this kind lies about; maternity is a woman's, who is young enough."""
    people = InsuredPerson.unrestricted.filter(company=company, user=None, employment_end=None)
    people = people.order_by("insured_number")
    if kind == "maternity":
        women = people.filter(sex=InsuredPerson.Sex.FEMALE, birth_date__year__gte=PARENTS_BORN_SINCE)
        return women[0]
    return people[3]


def _decided_stories(random: Random, company: Company, by: Any, pauline: Any) -> None:
    """Four cases that went other ways: a minor accident, two insurances, one reported twice, one that came back."""
    rows = InsuredPerson.unrestricted.filter(company=company, user=None, employment_end=None)
    minor, both, twice, back = rows.order_by("insured_number")[4:8]
    claim = report(random, minor, "minor_accident", 9, by=by)
    claims.take_over(claim.pk, by=pauline)
    claims.accept(claim.pk, medical_only=True, by=pauline)
    claim = report(random, both, "accident", 21, by=by)
    claims.take_over(claim.pk, by=pauline)
    for contract in further_contracts(claim)[:1]:
        claims.add_cover(claim.pk, contract=contract.pk, by=pauline)
    own = insurances_of([claim])[claim.pk][0].cover
    claims.accept(claim.pk, cover=own.pk, by=pauline)
    claims.leave_unclear(
        claim.pk, reason=_clarifying(claim), reason_code="clarifying", advances=False, by=pauline
    )
    first, second = (report(random, twice, "illness", age, by=by) for age in (8, 7))
    claims.take_over(second.pk, by=pauline)
    claims.close_as_duplicate(second.pk, original=first.number, by=pauline)
    claim = report(random, back, "accident", 120, by=by)
    claims.take_over(claim.pk, by=pauline)
    claims.accept(claim.pk, at=timezone.now() - timedelta(days=110), by=pauline)
    claims.close(claim.pk, outcome="settled", by=pauline)
    claims.reopen_as_relapse(claim.pk, event_date=timezone.localdate() - timedelta(days=4), by=pauline)


def _after_sending(random: Random, company: Company, by: Any, pauline: Any) -> None:
    """Three cases that went on: a report amended, one taken back, a minor accident that has become an ordinary one."""
    amended, withdrawn, grown = InsuredPerson.unrestricted.filter(
        company=company, user=None, employment_end=None
    ).order_by("insured_number")[4:7]
    claim = report(random, amended, "illness", 16, by=by)
    sent = Declaration.unrestricted.get(claim_file=claim)
    fax = paper("fax", by.language, 1)
    documents.receive(sent.folder_id, fax, visibility="certificate", kind="certificate", by=by)
    claims.take_over(claim.pk, by=pauline)
    declarations.amend(sent.pk, "employment", {"degree": "60", "weekly_hours": "24"}, by=by)
    claim = report(random, withdrawn, "accident", 5, by=by)
    declarations.withdraw(Declaration.unrestricted.get(claim_file=claim).pk, reason="twice", by=by)
    # By a chance of its own, in which nobody sends the wages along: the insurer needs them now.
    own = Random(7)  # noqa: S311  invented data, the same every time
    claim = report(own, grown, "minor_accident", 8, by=by)
    course = [Days(claim.event_date, timezone.localdate() + timedelta(days=6), 100)]
    claims.change_incapacity(claim.pk, course, by=by, confirmed=True)


def report(random: Random, person: InsuredPerson, kind: str, age: int, *, by: Any) -> ClaimFile:
    """Report a case `age` days ago, with a certificate as HR sends it, and set its dates back."""
    today = timezone.localdate()
    event = today - timedelta(days=age + random.randint(1, 6))
    length = random.choice((4, 9, 14, 21, 35, 60))
    end = event + timedelta(days=length)
    draft = declarations.start(person, kind, by=by)
    parts = (
        illness_parts(person, event, end, random)
        if kind == "illness"
        else fitted(kind, person, event, accident_parts(person, event, end, random), random)
    )
    for part, answers in parts.items():
        declarations.save_part(draft.pk, part, answers, by=by)
    number = random.randrange(1000)
    if random.random() < 0.4:
        documents.receive(
            draft.folder_id,
            paper("certificate", by.language, number),
            visibility="certificate",
            kind="certificate",
            by=by,
        )
    if random.random() < 0.06:
        documents.receive(
            draft.folder_id,
            paper("wage_statement", by.language, number + 1),
            visibility="administrative",
            kind="wage_statement",
            confirm_class=True,
            by=by,
        )
    claim = declarations.submit(draft.pk, by=by)
    _set_back(claim, draft.pk, age)
    return claim


def handle(random: Random, claim: ClaimFile, age: int, place: int, pauline: Any) -> None:
    """What the health manager has done with a case of this age."""
    if age < 3 or (age < 20 and random.random() < 0.35):
        return
    claims.take_over(claim.pk, by=pauline)
    decided = timezone.now() - timedelta(days=age * 0.6)
    if random.random() < 0.15:
        documents.receive(
            Document.unrestricted.filter(claim_file=claim).values_list("folder_id", flat=True).first()
            or Declaration.unrestricted.get(claim_file=claim).folder_id,
            paper(random.choice(("medical_report", "bill")), pauline.language, place),
            visibility="medical",
            kind="medical_report",
            by=pauline,
        )
    fate = random.random()
    if age < 70 and fate < 0.3:
        kind, addressee = random.choice(
            (("certificate", "employer"), ("wage_statement", "employer"), ("medical_report", "person"))
        )
        request = claims.request_paper(claim.pk, kind=kind, addressee=addressee, by=pauline)
        PaperRequest.unrestricted.filter(pk=request.pk).update(
            due=timezone.localdate() + timedelta(days=random.randint(-12, 14)),
            created=F("created") - timedelta(days=max(1, age // 2)),
        )
    elif age < 40 and fate < 0.5:
        pass
    elif fate < 0.86:
        minor = claim.kind == ClaimFile.Kind.MINOR_ACCIDENT
        claims.accept(claim.pk, medical_only=minor, at=decided, by=pauline)
        if age > 60:
            claims.close(claim.pk, outcome="settled" if random.random() < 0.9 else "no_benefit", by=pauline)
    elif fate < 0.9:
        claims.leave_unclear(
            claim.pk, reason=_clarifying(claim), reason_code="clarifying", advances=place % 2 == 0, by=pauline
        )
    else:
        claims.decline(claim.pk, reason=_reason(claim), reason_code="not_insured", at=decided, by=pauline)
        if age > 100:
            claims.close(claim.pk, by=pauline)
    _spread(claim.pk, age)


def _reason(claim: ClaimFile) -> str:
    return {
        "fr": "L’événement n’est pas couvert par le contrat.",
        "de": "Das Ereignis ist durch den Vertrag nicht gedeckt.",
        "it": "L’evento non è coperto dal contratto.",
    }.get(claim.person.language, "The event is not covered by the contract.")


def _clarifying(claim: ClaimFile) -> str:
    return {
        "fr": "Nous attendons le rapport de l’autre assureur.",
        "de": "Wir warten auf den Bericht des anderen Versicherers.",
        "it": "Attendiamo il rapporto dell’altro assicuratore.",
    }.get(claim.person.language, "We are waiting for the report of the other insurer.")


def person_part(person: InsuredPerson) -> dict[str, Any]:
    """The answers of the first part: what the record does not know already."""
    number = int(person.insured_number[-2:])
    married, foreign = number % 3 != 0, number % 4 == 3
    return {
        # Of one person the insurer does not know it: his letter waits. Whoever reports for him does.
        "street": person.street or "Dorfstrasse",
        "house_number": person.house_number,
        "postcode": person.postcode,
        "town": person.town,
        "nationality": "Portugal" if foreign else SWISS.get(person.company.language, "Suisse"),
        "permit": "C" if foreign else "",
        "marital_status": "married" if married else "single",
        "children": str(number % 3) if married else "0",
    }


def _employment(person: InsuredPerson) -> dict[str, Any]:
    """Place of work, contact and level of employment are known from the records when the draft is begun."""
    number = int(person.insured_number[-2:])
    full = Decimal(("40", "41.5", "42")[number % 3])
    monthly = (person.annual_salary / 13).quantize(Decimal("0.05"))
    other = number % 7 == 0
    return {
        "begin": _written(person.employment_begin),
        "occupation": person.occupation,
        "position": "middle" if number % 9 == 0 else "employee",
        "contract": "open",
        "weekly_hours": f"{full * person.degree_percent / 100:.2f}",
        "full_hours": str(full),
        "annual_salary": str(person.annual_salary),
        "salary_base": str(monthly),
        "salary_unit": "month",
        "child_allowance": ("", "230", "460")[number % 3],
        "thirteenth": "yes",
        "irregular": ["hours"] if number % 11 == 0 else [],
        "special": ["other_employers"] if other else [],
        "other_employers": "Café de la Gare" if other else "",
    }


def _incapacity(begin: date, end: date, random: Random) -> dict[str, Any]:
    over = end < timezone.localdate()
    half = begin + (end - begin) / 2
    periods = [{"begin": _written(begin), "end": _written(end) if over else "", "degree": "100"}]
    if (end - begin).days > 14 and random.random() < 0.6:
        periods = [
            {"begin": _written(begin), "end": _written(half), "degree": "100"},
            {
                "begin": _written(half + timedelta(days=1)),
                "end": _written(end) if over else "",
                "degree": "50",
            },
        ]
    back = _written(end + timedelta(days=1)) if over else ""
    return {"returned": "fully" if over else "no", "returned_on": back, "long": "no", "periods": periods}


def illness_parts(person: InsuredPerson, event: date, end: date, random: Random) -> dict[str, dict[str, Any]]:
    """The answers of an illness report."""
    return {
        "person": person_part(person),
        "employment": _employment(person),
        "event": {"cause": "illness", "first_day": _written(event), "earlier": "no"},
        "incapacity": _incapacity(event, end, random),
        "treatment": {
            "persons_group": random.choice(("A", "B")) if _has_groups(person, event) else "",
            "payee": "employer",
        },
    }


def accident_parts(
    person: InsuredPerson, event: date, end: date, random: Random
) -> dict[str, dict[str, Any]]:
    """The answers of an accident report."""
    activity, course, body, injury = random.choice(ACCIDENTS.get(person.company.language, ACCIDENTS["fr"]))
    at_work = random.random() < 0.5
    return {
        "person": person_part(person),
        "employment": _employment(person),
        "event": {
            "accident_date": _written(event),
            "date_precision": "exact",
            "precision": "approximate",
            "place": person.town,
            "setting": "work" if at_work else "free_time",
            "last_worked": "" if at_work else _written(event - timedelta(days=1)),
            "last_worked_time": "" if at_work else "17:30",
            "absence": "" if at_work else "free",
            "accident_form": "no",
            "activity": activity,
            "course": f"{course}.",
            "police": "no",
            "body_part": body,
            "body_side": random.choice(("left", "right")),
            "injury": injury,
        },
        "incapacity": {"unable": "yes", **_incapacity(event, end, random)},
        "treatment": {
            "treated": "yes",
            "doctor": "Dr Meyer",
            "doctor_town": person.town,
            "hospital": "no",
            "followup": "Dr Baumann" if injury == "fracture" else "",
            "followup_town": person.town if injury == "fracture" else "",
            "payee": "employer",
        },
    }


def _has_groups(person: InsuredPerson, day: date) -> bool:
    """Whether the contract in force asks for the group of persons."""
    rows = Contract.unrestricted.filter(company=person.company_id, branch=Contract.Branch.KTG)
    return any(len(row.persons_groups) > 1 for row in rows if row.in_force(day))


def _written(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _set_back(claim: ClaimFile, declaration_id: Any, age: int) -> None:
    """Set what was just reported `age` days back."""
    back = timedelta(days=age)
    ClaimFile.unrestricted.filter(pk=claim.pk).update(
        created=F("created") - back, opened=F("opened") - back, last_activity=F("last_activity") - back
    )
    TimelineEntry.unrestricted.filter(claim_file=claim).update(at=F("at") - back)
    Document.unrestricted.filter(claim_file=claim).update(created=F("created") - back)
    Declaration.unrestricted.filter(pk=declaration_id).update(
        created=F("created") - back, sent=F("sent") - back, saved=F("saved") - back
    )
    # They follow from the days that were set back.
    claims.keep_deadlines_of(pk=claim.pk)


def _spread(claim_id: Any, age: int) -> None:
    """Spread what was just done over the days since the report."""
    claim = ClaimFile.unrestricted.get(pk=claim_id)
    now = timezone.now()

    def at(share: float) -> datetime:
        return now - timedelta(days=age * (1 - share))

    claim.taken_over_at = at(0.1)
    claim.closed_at = at(0.7) if claim.closed_at else None
    claim.last_activity = claim.closed_at or claim.decided_at or claim.taken_over_at
    claim.save()
    entries = list(TimelineEntry.unrestricted.filter(claim_file=claim).order_by("at", "pk"))
    fresh = [entry for entry in entries if entry.at > now - timedelta(minutes=5)]
    for place, entry in enumerate(fresh, start=1):
        entry.at = at(0.1 + 0.6 * place / len(fresh))
    TimelineEntry.unrestricted.bulk_update(fresh, ["at"])
