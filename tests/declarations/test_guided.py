"""One question a page: the walk is derived from the forms, skips what does not apply, and ends where answers are checked."""

import pytest
from django.urls import reverse

from declarations import services, walk
from declarations.content import progress
from declarations.forms import FORMS, form_of
from declarations.models import Declaration
from tests.declarations.answers import ACCIDENT, ANSWERS, FIRST_DAY, typed

pytestmark = pytest.mark.django_db


def flat(values):
    """The values of a part as a browser posts them."""
    found = {name: value for name, value in values.items() if name != "periods"}
    for number, row in enumerate(values.get("periods", [])):
        found |= {f"periods-{number}-{name}": value for name, value in row.items()}
    return found


def own_draft(cast, kind="accident"):
    return services.start(cast.persons.nadia, kind, by=cast.nadia)


def walked(client, draft, everything):
    """From the first page on, each page answered with what it asks; where the last one leads."""
    address = reverse("declarations:question", args=[draft.pk, *walk.walk(draft)[0].key])
    seen = set()
    while "/question/" in address:
        assert address not in seen
        seen.add(address)
        part, name = address.strip("/").split("/")[-2:]
        asked = walk.page_at(form_of(draft, part), name).fields
        values = flat(everything[part])
        answer = client.post(address, {key: values[key] for key in values if key.split("-")[0] in asked})
        assert answer.status_code == 302, (part, name, answer.context["problems"])
        address = answer["Location"]
    return address


def test_each_question_of_every_kind_stands_on_one_page(cast):
    for kind, parts in FORMS.items():
        draft = services.start(cast.marco, kind, by=cast.hugo)
        for part in parts:
            form = form_of(draft, part)
            names = [name for page in walk.pages_of(form) for name in page.fields]
            expected = [*form.fields, *([form.rows_name] if form.rows_name else [])]
            assert sorted(names) == sorted(set(expected) - form.absent), (kind, part)
            assert all(walk.page_at(form, page.name) == page for page in walk.pages_of(form))
            assert form.now <= set(form.fields), (kind, part)


def test_a_report_walked_to_the_end_is_whole(cast):
    for kind in ("accident", "dental", "maternity"):
        everything = ANSWERS[kind]
        draft = services.start(cast.marco, kind, by=cast.hugo, guided=True)
        page = walk.walk(draft)[0]
        assert page.part == "event"
        seen = []
        while page is not None:
            seen.append(page.key)
            answers = {name: value for name, value in everything[page.part].items() if name in page.fields}
            draft = services.save_part(draft.pk, page.part, answers, by=cast.hugo).declaration
            page = walk.next_page(walk.walk(draft), page)
        assert len(seen) == len(set(seen)), kind
        found = progress(draft)
        assert not any(each.blocks or each.later for each in found), kind
        before = walk.page_before(walk.walk(draft), walk.walk(draft)[1])
        assert before == walk.walk(draft)[0]


def test_what_does_not_apply_is_skipped_and_the_error_stands_at_the_question(cast, sign_in):
    draft = own_draft(cast)
    client = sign_in(cast.nadia)
    steps = {page.key for page in walk.walk(draft)}
    assert ("event", "last_worked") not in steps
    assert not {part for part, _name in steps} & {"employment"}

    def at(name, part="event"):
        return reverse("declarations:question", args=[draft.pk, part, name])

    wrong = client.post(at("accident_date"), {"accident_date": "31.2.2026"})
    assert wrong.status_code == 422
    assert [each["field"] for each in wrong.context["problems"]] == ["accident_date"]
    # The other questions of the part are not asked here: they are no error.
    assert client.post(at("accident_date"), {"accident_date": typed(FIRST_DAY)})["Location"] == at(
        "precision"
    )
    assert client.post(at("setting"), {"setting": "free_time"})["Location"] == at("last_worked")
    assert client.post(at("setting"), {"setting": "work"})["Location"] == at("activity")
    assert client.get(at("last_worked")).status_code == 302
    assert client.get(at("nothing")).status_code == 404
    assert client.get(at("street", "documents")).status_code == 404
    # What is needed at once cannot be put off; what can, is not asked again but left open.
    assert client.post(at("course"), {"course": "", "later": "1"}).status_code == 422
    assert client.post(at("place"), {"place": ""}).status_code == 422
    assert client.post(at("place"), {"place": "", "later": "1"})["Location"] == at("setting")
    # A page writes over nothing that it does not ask.
    kept = Declaration.unrestricted.get(pk=draft.pk).parts["event"]
    assert (kept["accident_date"], kept["setting"]) == (FIRST_DAY.isoformat(), "work")
    client.post(at("course"), {"course": "I fell."})
    assert "Check and send now" in client.get(at("place")).content.decode()


def test_from_the_check_page_each_answer_is_one_click_away(cast, sign_in):
    draft = own_draft(cast)
    client = sign_in(cast.nadia)
    assert walked(client, draft, ACCIDENT) == reverse("declarations:part", args=[draft.pk, "documents"])
    check = reverse("declarations:check", args=[draft.pk])
    page = client.get(check)
    links = [url for row in page.context["sections"] for _answer, url in row["answers"]]
    assert client.get(links[-1]).status_code == 200
    assert sum(bool(url) for url in links) >= len(links) - 4
    folded = [url for row in page.context["sections"] for _title, url in row["further"]]
    assert folded
    assert client.post(folded[0].split("?")[0], {"back": "check"})["Location"] == check
    place = reverse("declarations:question", args=[draft.pk, "event", "place"])
    assert client.post(place, {"place": "Nyon", "back": "check"})["Location"] == check
    assert "Nyon" in client.get(check).content.decode()


def test_the_way_is_chosen_at_the_start_remembered_and_changed(cast, sign_in):
    client = sign_in(cast.nadia)
    start = reverse("declarations:start")
    page = client.get(start)
    assert page.context["form"]["way"].value() == "questions"
    answer = client.post(start, {"kind": "accident", "way": "questions"})
    draft = Declaration.unrestricted.get()
    assert draft.guided
    assert answer["Location"] == reverse("declarations:question", args=[draft.pk, "event", "accident_date"])
    assert f"{draft.pk}/question/event/accident_date/" in client.get(reverse("home")).content.decode()
    way = reverse("declarations:way", args=[draft.pk])
    person = reverse("declarations:part", args=[draft.pk, "person"])
    assert client.post(way, {"guided": "no", "part": "person"})["Location"] == person
    assert not Declaration.unrestricted.get().guided
    assert client.post(way, {"guided": "yes", "part": "person"})["Location"].endswith(
        "/question/person/street/"
    )
    api = reverse("declarations:api-way", args=[draft.pk])
    assert client.post(api, {"guided": False}).json()["guided"] is False
    assert sign_in(cast.hugo).post(way, {"guided": "yes"}).status_code == 404
    client = sign_in(cast.hugo)
    begin = f"{start}?person={cast.marco.pk}"
    assert client.get(begin).context["form"]["way"].value() == "pages"
    client.post(begin, {"kind": "illness"})
    assert not Declaration.unrestricted.get(person=cast.marco).guided


def test_two_people_on_one_draft_and_half_typed_answers(cast, sign_in):
    draft = services.start(cast.marco, "accident", by=cast.hugo, guided=True)
    client = sign_in(cast.hugo)
    page = reverse("declarations:question", args=[draft.pk, "event", "place"])
    quiet = client.post(page, {"place": "Mor", "version": "1"}, headers={"X-Autosave": "1"})
    assert quiet.json()["version"] == 2
    services.save_part(draft.pk, "event", {"activity": "Carrying"}, by=cast.sonia)
    late = client.post(page, {"place": "Morges", "version": "2"})
    assert late.status_code == 409
    assert "Sonia" in late.content.decode()
    assert "Morges" in late.content.decode()
    again = client.post(page, {"place": "Morges", "version": "3"})
    assert again.status_code == 302
    kept = Declaration.unrestricted.get(pk=draft.pk).parts["event"]
    assert (kept["place"], kept["activity"]) == ("Morges", "Carrying")
    changed = client.post(page, {"place": "Nyon", "kind": "dental"})
    assert changed.status_code == 409
    # The question is not put any more: the same answer, and no page that does not exist.
    services.change_kind(draft.pk, "illness", by=cast.sonia)
    gone = client.post(page, {"place": "Nyon", "kind": "accident"})
    assert gone.status_code == 409
    assert client.post(page, {"place": "Nyon", "kind": "illness"}).status_code == 404


def test_an_older_page_of_ones_own_empties_nothing(cast, sign_in):
    """Two tabs: what was answered in one of them is not wiped by the other, which was opened before."""
    draft = services.start(cast.marco, "accident", by=cast.hugo)
    client = sign_in(cast.hugo)
    part = reverse("declarations:part", args=[draft.pk, "event"])
    services.save_part(draft.pk, "event", {"place": "Morges", "course": "He fell."}, by=cast.hugo)
    services.save_part(draft.pk, "event", {"activity": "Carrying"}, by=cast.hugo)
    for headers in ({"X-Autosave": "1"}, {}):
        late = client.post(part, {"version": "1", "place": "Nyon"}, headers=headers)
        assert late.status_code == 409
    body = late.content.decode()
    assert "Nyon" in body, "What was typed,"
    assert "He fell." in body, "and what was answered elsewhere."
    # Looked at again, an answer can be taken back; and saving more on an older page was never wrong.
    more = {"place": "Nyon", "course": "He fell.", "activity": "Carrying", "police_station": "Lausanne"}
    client.post(part, more | {"version": "1", "leave": "1"})
    draft.refresh_from_db()
    assert draft.parts["event"]["police_station"] == "Lausanne"
    client.post(part, {"place": "Nyon", "version": str(draft.version), "leave": "1"})
    draft.refresh_from_db()
    assert draft.parts["event"] == {"place": "Nyon"}


def test_an_accident_that_outgrows_its_form_is_told_at_its_periods(cast, sign_in):
    draft = services.start(cast.marco, "minor_accident", by=cast.hugo, guided=True)
    services.save_part(draft.pk, "event", {"accident_date": typed(FIRST_DAY)}, by=cast.hugo)
    services.save_part(draft.pk, "incapacity", {"unable": "yes"}, by=cast.hugo)
    client = sign_in(cast.hugo)
    periods = reverse("declarations:question", args=[draft.pk, "incapacity", "periods"])
    assert typed(FIRST_DAY).split(".")[2] in client.get(periods).content.decode()
    added = client.post(periods, {"periods-0-begin": typed(FIRST_DAY), "periods-0-degree": "100", "add": "1"})
    assert added["Location"].startswith(f"{periods}?add=1")
    answer = client.post(periods, {"periods-0-begin": typed(FIRST_DAY), "periods-0-degree": "100"})
    assert answer["Location"] == f"{periods}#finding"
    assert "no minor accident" in client.get(periods).content.decode()
    kind = reverse("declarations:kind", args=[draft.pk])
    back = client.post(kind, {"kind": "accident", "back": "incapacity"})
    assert back["Location"] == reverse("declarations:question", args=[draft.pk, "incapacity", "unable"])
