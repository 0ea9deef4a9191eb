"""Reports over the API."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from declarations import services
from declarations.models import Declaration
from permissions import grants
from permissions.models import AuditLine
from tests.declarations.answers import answers, complete, sent

pytestmark = pytest.mark.django_db
JSON = "application/json"


def test_a_report_from_begin_to_claim_number(cast, sign_in):
    client = sign_in(cast.hugo)
    made = client.post(
        reverse("declarations:api-list"),
        {"person": str(cast.marco.pk), "kind": "accident"},
        content_type=JSON,
    )
    assert made.status_code == 201
    pk = made.json()["id"]
    assert [part["state"] for part in made.json()["parts"]][2:] == ["todo"] * 3
    for part, values in answers("accident").items():
        saved = client.patch(
            reverse("declarations:api-parts", args=[pk, part]), {"values": values}, content_type=JSON
        )
        assert saved.status_code == 200
        assert saved.json()["state"] == "complete", saved.json()
    done = client.post(reverse("declarations:api-submit", args=[pk])).json()
    assert done["state"] == "sent"
    assert done["claim_number"].startswith("S-")
    assert done["answers"]["treatment"]["doctor"] == "CHUV, Lausanne"


def test_wrong_values_are_kept_and_named(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    values = {"periods": [{"begin": "2026-11-03", "end": "2026-11-01", "degree": 150}]}
    saved = client.patch(
        reverse("declarations:api-parts", args=[declaration.pk, "incapacity"]),
        {"values": values},
        content_type=JSON,
    ).json()
    assert saved["state"] == "in_progress"
    assert saved["values"]["periods"] == [{"begin": "2026-11-03", "end": "2026-11-01", "degree": "150"}]
    assert set(saved["messages"]) == {"periods.0.end", "periods.0.degree", "returned"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"values": {"diagnosis": "flu"}}, "diagnosis"),
        ({"values": "flu"}, "values"),
        ({}, "values"),
        ({"values": {}, "version": 0}, "version"),
        ({"values": {"cause": ["a"]}}, "cause"),
    ],
)
def test_bad_bodies_are_400_by_field(cast, sign_in, body, field):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    url = reverse("declarations:api-parts", args=[declaration.pk, "event"])
    response = client.patch(url, body, content_type=JSON)
    assert response.status_code == 400
    assert field in response.json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"person": "x", "kind": "illness"}, 400),
        ({"person": "00000000-0000-0000-0000-000000000000", "kind": "illness"}, 404),
        ({"person": "marco", "kind": "party"}, 400),
        ({"person": "elena", "kind": "illness"}, 404),
    ],
)
def test_bad_beginnings(cast, sign_in, body, status):
    known = {"marco": str(cast.marco.pk), "elena": str(cast.persons.elena.pk)}
    if body.get("person") in known:
        body = body | {"person": known[body["person"]]}
    client = sign_in(cast.hugo)
    assert client.post(reverse("declarations:api-list"), body, content_type=JSON).status_code == status
    assert not Declaration.unrestricted.exists()


def test_sending_an_incomplete_report_is_400_with_its_parts(cast, sign_in):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    response = client.post(reverse("declarations:api-submit", args=[declaration.pk]))
    assert response.status_code == 400
    assert set(response.json()) == {"event"}


def test_sending_again_is_409_and_with_the_same_key_the_same_answer(cast, sign_in):
    declaration = complete(cast.marco, by=cast.hugo)
    client = sign_in(cast.hugo)
    url, key = reverse("declarations:api-submit", args=[declaration.pk]), str(uuid4())
    first = client.post(url, headers={"Idempotency-Key": key})
    again = client.post(url, headers={"Idempotency-Key": key})
    assert (again.status_code, again.json()) == (200, first.json())
    other = client.post(url, headers={"Idempotency-Key": str(uuid4())})
    assert other.status_code == 409
    assert other.json()["code"] == "already_sent"
    assert first.json()["claim_number"] in other.json()["detail"]
    assert AuditLine.unrestricted.filter(event="declaration.submitted").count() == 1
    # What the answer holds is not handed out again once the right is gone.
    grants.revoke(grants.grants_of(cast.hugo)[0], by=cast.reto)
    assert client.post(url, headers={"Idempotency-Key": key}).status_code == 404


def test_an_answer_that_was_taken_back_is_nobodys_to_read(cast, sign_in):
    declaration = complete(cast.persons.nadia, "accident", by=cast.nadia)
    secret = {"police": "yes", "police_station": "qxclinic"}
    services.save_part(declaration.pk, "event", secret, by=cast.nadia)
    services.save_part(declaration.pk, "event", {"police": "no"}, by=cast.nadia)
    url = reverse("declarations:api-detail", args=[declaration.pk])
    # As long as it is a draft, nothing typed is lost.
    assert "qxclinic" in sign_in(cast.nadia).get(url).content.decode()
    services.submit(declaration.pk, by=cast.nadia)
    for reader in (cast.hugo, cast.pauline, cast.nadia):
        answer = sign_in(reader).get(url)
        assert answer.status_code == 200
        assert "qx" not in answer.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_break_no_page(cast, sign_in, day):
    declaration = services.start(cast.marco, "illness", by=cast.hugo)
    client = sign_in(cast.hugo)
    services.save_part(declaration.pk, "event", {"first_day": day}, by=cast.hugo)
    for page in ("event", "check"):
        name, args = ("check", []) if page == "check" else ("part", [page])
        assert client.get(reverse(f"declarations:{name}", args=[declaration.pk, *args])).status_code == 200
    assert client.post(reverse("declarations:check", args=[declaration.pk])).status_code == 422


def test_lists_are_filtered_within_what_one_may_see(cast, sign_in):
    done = sent(cast.marco, by=cast.hugo)
    draft = services.start(cast.persons.jonas, "accident", by=cast.hugo)
    services.start(cast.persons.elena, "illness", by=cast.fiona)
    client = sign_in(cast.hugo)

    def found(**query):
        response = client.get(reverse("declarations:api-list"), query)
        assert response.status_code == 200, response.json()
        return {row["number"] for row in response.json()["results"]}

    assert found() == {done.number, draft.number}
    assert found(state="sent") == {done.number}
    assert found(kind="accident") == {draft.number}
    assert found(person=str(cast.marco.pk)) == {done.number}
    assert found(number=draft.number[-3:].lower()) == {draft.number}
    assert found(begun_until="1.1.2020") == set()
    foreign = client.get(reverse("declarations:api-list"), {"person": str(cast.persons.elena.pk)})
    nobody = client.get(reverse("declarations:api-list"), {"person": str(uuid4())})
    assert foreign.status_code == nobody.status_code == 400
    assert foreign.json() == nobody.json()


def test_a_list_costs_the_same_for_few_and_for_many(cast, sign_in):
    client = sign_in(cast.hugo)
    lists = [reverse(name) for name in ("declarations:api-list", "declarations:drafts")]
    counts = []
    for number in (3, 12):
        while Declaration.unrestricted.count() < number:
            services.start(cast.marco, "illness", by=cast.hugo)
        for url in lists:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


def test_somebody_signed_out_reads_nothing(cast, client):
    declaration = sent(cast.marco, by=cast.hugo)
    assert client.get(reverse("declarations:api-list")).status_code in {401, 403}
    assert client.get(reverse("declarations:api-detail", args=[declaration.pk])).status_code in {401, 403}
    assert client.get(reverse("declarations:sent", args=[declaration.pk])).status_code == 302
