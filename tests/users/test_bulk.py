"""Many people at once: a list brought, looked at row by row, sent as a whole or not at all; and the table taken away."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from openpyxl import load_workbook

from core.errors import NotAllowed, NotNow, OutOfReach
from core.tables import xlsx_file
from permissions import grants
from permissions.naming import name_preset, names_remembered
from tests.factories import make_company, make_manager, make_site
from users import bulk, services
from users.models import BulkInvitation, Invitation

HEADING = "E-mail;First name;Last name;Language;Role;Access to;Ends on"
State = BulkInvitation.State


def table(*rows, heading=HEADING):
    return io.BytesIO("\r\n".join([heading, *rows]).encode())


def upload(*rows, heading=HEADING, name="list.csv"):
    return SimpleUploadedFile(name, table(*rows, heading=heading).getvalue())


def looked_at(row, by):
    return bulk.check(bulk.unseal(row), by)


def good_rows(row, by):
    return [line.number for line in looked_at(row, by) if line.good]


@pytest.fixture
def several(cast, english):
    """Claire also manages users at a second company; sites of one name, and one called like a company."""
    other = make_company("Rochat Services SA", contract_manager=cast.reto, health_manager=cast.pauline)
    grants.write(other, to=cast.claire, preset="administrator", by=cast.reto, extra=["users.manage"])
    return SimpleNamespace(
        company=other, morges=make_site(other, "Morges"), twin=make_site(cast.rochat, "Rochat Services SA")
    )


# --- What the rows mean -----------------------------------------------------------------------------


def test_each_row_is_judged_by_itself(cast, several, lines):
    """One file with everything that can be wrong, and rows that are right in every way of writing them."""
    services.invite(
        cast.rochat, email="open@x.example", first_name="O", last_name="P", preset="hr", by=cast.claire
    )
    past, day = timezone.localdate() - timedelta(days=1), timezone.localdate() + timedelta(days=30)
    morges = f"morges , {cast.rochat.name.upper()}"
    cases = [
        # row, what is wrong; or place and role as understood
        (f"a1@x.example;A;B;Deutsch;HR;{cast.rochat.name};{day:%d.%m.%Y}", (cast.rochat, "hr", "de", day)),
        (
            f"A2@x.example;A;B;fr;Finance;{cast.rochat.uid.lower()};{day}",
            (cast.rochat, "finance", "fr", day),
        ),
        (f"a3@x.example;A;B;Tedesco;RH d’un site;{morges};", (cast.morges, "hr_site", "de", None)),
        (
            f"a4@x.example;A;B;;finanzen;{cast.ktg.policy_number.lower()};",
            (cast.ktg, "finance", "en", None),
        ),
        (f"a5@x.example;A;B;IT;hr_site;{cast.morges.pk};", (cast.morges, "hr_site", "it", None)),
        # A site and a company of one name: the role says which.
        ("a6@x.example;A;B;;HR;rochat services sa;", (several.company, "hr", "en", None)),
        ("a7@x.example;A;B;;HR of a site;Rochat Services SA;", (several.twin, "hr_site", "en", None)),
        (f";;;;;{cast.rochat.name};", ["email missing", "first_name missing", "last_name missing", "role missing"]),
        (f"no address;A;B;;HR;{cast.rochat.name};", ["email email"]),
        (f"Claire@rochat.example;A;B;;HR;{cast.rochat.name};", ["email oneself"]),
        (f"a@x.example;{'A' * 61};B;xx;HR;{cast.rochat.name};", ["first_name long", "language language"]),
        (f"a@x.example;A;B;;User management;{cast.rochat.name};", ["role role"]),
        (f"a@x.example;A;B;;contract_manager;{cast.rochat.name};", ["role role"]),
        ("a@x.example;A;B;;HR;Nowhere;", ["place place"]),
        ("a@x.example;A;B;;HR;Keller Holzbau AG;", ["place place"]),
        ("a@x.example;A;B;;HR of a site;Winterthur;", ["place place"]),
        ("a@x.example;A;B;;HR;;", ["place missing"]),
        ("a@x.example;A;B;;HR of a site;Morges;", ["place ambiguous"]),
        ("a@x.example;A;B;;HR of a site;Lausanne, Rochat Services SA;", ["place place"]),
        ("a@x.example;A;B;;HR;Lausanne;", ["role wrong_place"]),
        (f"a@x.example;A;B;;HR of a site;{cast.rochat.name};", ["role wrong_place"]),
        (f"a8@x.example;A;B;;HR;{cast.rochat.name};soon", ["until date"]),
        (f"a9@x.example;A;B;;HR;{cast.rochat.name};{past}", ["until past"]),
        (f" A1@X.example;A;B;;HR;{cast.rochat.name};", ["email double"]),
        (f"felix@rochat.example;A;B;;Finance;{cast.rochat.name};", ["email held"]),
        (f"open@x.example;A;B;;HR;{cast.rochat.name};", ["email invited"]),
        (f"open@x.example;A;B;;Finance;{cast.rochat.name};", (cast.rochat, "finance", "en", None)),
    ]  # fmt: skip
    row = services.bring_list(table(*(text for text, _wanted in cases)), by=cast.claire)
    with names_remembered(), CaptureQueriesContext(connection) as queries:
        found = looked_at(row, cast.claire)
    assert len(queries) <= 16
    for line, (text, wanted) in zip(found, cases, strict=True):
        if isinstance(wanted, list):
            assert [f"{each.column} {each.code}" for each in line.problems] == wanted, text
        else:
            assert not line.problems, text
            assert (line.scope, line.preset, line.language, line.until) == wanted, text
    problems = [each for line in found for each in line.problems]
    # A foreign place in the words of one that does not exist.
    assert len({each.words for each in problems if each.code == "place"}) == 1
    with translation.override("en"):
        assert next(each.words for each in problems if each.code == "double") == "The same as row 2."
        assert "Finance, Payroll, Fiduciary" in next(each.words for each in problems if each.code == "role")
    assert Invitation.unrestricted.count() == len(lines("invitation.sent")) == 1


def test_a_name_of_two_roles_gives_neither(cast):
    """In one language no two roles are called alike; what HR is called in English, another one may be in Italian."""
    name_preset("payroll", {"it": "HR"}, by=cast.sacha)
    rows = [
        {"email": f"a{number}@x.example", "first_name": "A", "last_name": "B", "role": role}
        for number, role in enumerate(("HR", "hr", "payroll"))
    ]
    row = services.bring_rows(rows, by=cast.claire)
    assert [line.preset for line in bulk.check(bulk.unseal(row), cast.claire)] == ["", "hr", "payroll"]


def test_one_company_need_not_be_named(cast):
    row = services.bring_list(table("a@x.example;A;B;;hr;;", "b@x.example;A;B;;hr_site;;"), by=cast.claire)
    first, second = looked_at(row, cast.claire)
    assert (first.scope, first.problems) == (cast.rochat, [])
    assert [each.code for each in second.problems] == ["wrong_place"]


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_the_template_in_each_language_is_understood_in_any_order(cast, sign_in, language):
    browser = sign_in(cast.claire)
    cast.claire.language = language
    cast.claire.save()
    with translation.override(language):
        heading = bulk.headings()
        plain = browser.get("/users/bulk/template/csv/", headers={"accept-language": language})
        assert plain.content.decode("utf-8-sig").strip().split(";") == heading
        book = load_workbook(io.BytesIO(browser.get("/users/bulk/template/xlsx/").content))
    assert [cell.value for cell in book.worksheets[0][1]] == heading
    places = [row[0].value for row in book.worksheets[3].iter_rows()]
    assert places[0] == cast.rochat.name
    assert f"Morges, {cast.rochat.name}" in places
    assert not [place for place in places if "Keller" in place]
    cells = dict(zip(heading, ["z@x.example", "Z", "Z", "Italiano", "hr_site", places[2], ""], strict=True))
    turned = list(reversed(heading))
    data = xlsx_file("x", [*turned, "Remark"], [[*(cells[word] for word in turned), "new"]])
    row = services.bring_list(io.BytesIO(data), by=cast.claire)
    (line,) = looked_at(row, cast.claire)
    assert (line.problems, line.scope, line.language) == ([], cast.morges, "it")
    assert bulk.unseal(row).ignored == ["Remark"]


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("E-mail;First name;Role", ["a@x.example;A;HR"]),
        (HEADING + ";email", ["a@x.example;A;B;;HR;;;"]),
        (HEADING, []),
        ("", []),
    ],
)
def test_a_table_of_something_else_is_refused_at_the_file(cast, sign_in, heading, rows):
    with pytest.raises(ValidationError) as refusal:
        services.bring_list(table(*rows, heading=heading), by=cast.claire)
    assert set(refusal.value.message_dict) == {"file"}
    answer = sign_in(cast.claire).post("/users/bulk/", {"file": upload(*rows, heading=heading)})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
    assert not BulkInvitation.objects.exists()


# --- Sending ----------------------------------------------------------------------------------------

TWO = ("new1@x.example;Nora;One;de;HR;;", "new2@x.example;Noah;Two;fr;Finance;;31.12.2099")


def test_the_good_rows_are_invited_and_the_others_named(cast, english, sign_in, run_jobs, mailoutbox, lines):
    browser = sign_in(cast.claire)
    came = browser.post("/users/bulk/", {"file": upload(*TWO, "bad;N;N;;HR;;")})
    page = browser.get(came["Location"])
    shown = page.content.decode()
    assert page.context["form"].initial["rows"] == "2,3"
    assert [line.number for line in page.context["page"]] == [4, 2, 3]
    assert "Invite the 2 people without fault" in shown
    row = BulkInvitation.objects.get()
    # Nobody is invited before, and nothing of it lies open.
    assert (run_jobs(), Invitation.unrestricted.count()) == (0, 0)
    assert "new1" not in row.sealed
    assert "new1" not in str(vars(row))
    for _click in range(2):
        assert browser.post(came["Location"], {"rows": "2,3"})["Location"] == came["Location"]
    run_jobs()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["new1@x.example", "new2@x.example"]
    sent = lines("invitation.sent")
    assert [(line.actor, line.facts["preset"]) for line in sent] == [
        (cast.claire.pk, "hr"),
        (cast.claire.pk, "finance"),
    ]
    assert "new1" not in str([line.facts for line in sent])
    result = browser.get(came["Location"])
    assert [(each.number, bool(each.invitation)) for each in result.context["page"]] == [
        (4, False), (2, True), (3, True),
    ]  # fmt: skip
    assert "Enter an e-mail address" in result.content.decode()
    assert Invitation.unrestricted.get(email="new2@x.example").until.year == 2099
    assert browser.post(f"{came['Location']}discard/")["Location"] == "/users/bulk/"
    assert browser.get(came["Location"]).status_code == 404
    assert Invitation.unrestricted.count() == 2


@pytest.mark.parametrize("at_once", [50, 0])
def test_all_or_nothing_when_something_changed_meanwhile(
    cast, english, sign_in, run_jobs, monkeypatch, at_once
):
    """Somebody else was faster between look and click, or between click and job."""
    monkeypatch.setattr("users.services.bulk.AT_ONCE", at_once)
    browser = sign_in(cast.claire)
    row = services.bring_list(table(*TWO), by=cast.claire)
    address, rows = f"/users/bulk/{row.pk}/", {"rows": "2,3"}

    def faster():
        services.invite(
            cast.rochat, email="new2@x.example", first_name="N", last_name="T", preset="finance", by=cast.reto
        )

    if at_once:
        faster()
        answer = browser.post(address, rows)
        assert (answer.status_code, answer.context["changed"]) == (409, True)
    else:
        assert browser.post(address, rows).status_code == 302
        page = browser.get(address)
        assert (page.context["sending"], "page" in page.context) == (2, False)
        faster()
        run_jobs()
    row.refresh_from_db()
    assert (row.state, row.refused) == (State.CHECKED, not at_once)
    assert Invitation.unrestricted.count() == 1
    page = browser.get(address)
    assert page.context["changed"] is not bool(at_once)
    assert page.context["form"].initial["rows"] == "2"
    browser.post(address, {"rows": "2"})
    run_jobs()
    row.refresh_from_db()
    assert (row.state, Invitation.unrestricted.count()) == (State.SENT, 2)


@pytest.mark.parametrize("rows", ["", "4", "2,4", "1", "-1", "x", "9" * 5000, "2.5"])
def test_only_rows_without_fault_are_sent(cast, sign_in, rows):
    row = services.bring_list(table(*TWO, "bad;N;N;;HR;;"), by=cast.claire)
    assert sign_in(cast.claire).post(f"/users/bulk/{row.pk}/", {"rows": rows}).status_code == 409
    assert not Invitation.unrestricted.exists()


def test_a_list_is_its_owners_as_long_as_he_may_and_for_a_day(cast, sign_in, run_jobs, monkeypatch):
    row = services.bring_list(table(*TWO), by=cast.claire)
    acts = {
        "look": lambda by: services.find_list(row.pk, by=by),
        "send": lambda by: services.send_list(row.pk, rows=[2], by=by),
        "discard": lambda by: services.discard_list(row.pk, by=by),
    }
    for act in acts.values():
        for other in (cast.bruno, cast.reto):
            with pytest.raises(OutOfReach):
                act(other)
        for nobody in (cast.hugo, cast.nadia, cast.zoe, cast.sacha):
            with pytest.raises(NotAllowed):
                act(nobody)
    with pytest.raises(NotAllowed):
        services.bring_list(table(*TWO), by=cast.hugo)
    # A right lost between click and job sends nothing.
    monkeypatch.setattr("users.services.bulk.AT_ONCE", 0)
    services.send_list(row.pk, rows=[2], by=cast.claire)
    make_manager(cast, cast.zoe)
    grants.revoke(grants.grants_of(cast.claire)[0], by=cast.reto)
    run_jobs()
    assert not Invitation.unrestricted.exists()
    with pytest.raises(NotAllowed):
        services.send_list(row.pk, rows=[2], by=cast.claire)
    kept = services.bring_list(table(*TWO), by=cast.bruno)
    BulkInvitation.objects.update(expires=timezone.now())
    for act in (services.find_list, services.discard_list):
        with pytest.raises(OutOfReach):
            act(kept.pk, by=cast.bruno)
    services.forget_lists()
    assert not BulkInvitation.objects.exists()


def test_only_the_newest_lists_are_kept(cast):
    rows = [services.bring_rows([{"email": "a@x.example"}], by=cast.claire) for _turn in range(12)]
    assert set(bulk.lists_of(cast.claire)) == set(rows[-10:])


@pytest.mark.django_db(transaction=True)
def test_parallel_clicks_and_lists_send_everything_once(cast, run_jobs, mailoutbox):
    """Ten clicks on one list, and a second list with the same people: each is invited once."""
    first, second = (services.bring_list(table(*TWO), by=cast.claire) for _turn in range(2))

    def click(turn):
        try:
            return services.send_list((first, second)[turn % 2].pk, rows=[2, 3], by=cast.claire).state
        except NotNow as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(click, range(10)))
    assert sorted(set(found)) == ["list_changed", State.SENT]
    assert {tuple(sorted(set(found[place::2]))) for place in (0, 1)} == {("list_changed",), (State.SENT,)}
    run_jobs()
    assert len(mailoutbox) == Invitation.unrestricted.count() == 2


# --- The API ----------------------------------------------------------------------------------------

LISTS = "/api/v1/bulk-invitations/"


def test_a_program_brings_looks_and_sends(cast, english, sign_in):
    browser = sign_in(cast.claire)

    def post(path, body, **headers):
        return browser.post(path, body, "application/json", headers=headers)

    rows = [
        {"email": "n@x.example", "first_name": "N", "last_name": "N", "role": "hr_site", "place": str(cast.morges.pk)},
        {"email": "n", "first_name": "N", "last_name": "N", "role": "hr", "place": cast.keller.name},
    ]  # fmt: skip
    made, again = (post(LISTS, {"rows": rows}, **{"idempotency-key": "a"}) for _turn in range(2))
    assert (made.status_code, made.json()) == (201, again.json())
    assert BulkInvitation.objects.count() == 1
    first, second = made.json()["rows"]
    assert (first["row"], first["scope_kind"], first["scope"], first["problems"]) == (
        1, "site", str(cast.morges.pk), [],
    )  # fmt: skip
    assert [(each["column"], each["code"]) for each in second["problems"]] == [
        ("email", "email"),
        ("place", "place"),
    ]
    path = f"{LISTS}{made.json()['id']}/"
    assert post(f"{path}send/", {"rows": [1, 2]}).json()["code"] == "list_changed"
    assert post(f"{path}send/", {"rows": []}).status_code == 400
    sent = post(f"{path}send/", {"rows": [1]}).json()
    assert post(f"{path}send/", {"rows": [1]}).json() == sent == browser.get(path).json()
    assert sent["state"] == "sent"
    assert [each["invitation"] for each in sent["rows"]] == [str(Invitation.unrestricted.get().pk), None]
    by_file = browser.post(LISTS, {"file": upload(*TWO)})
    assert [each["row"] for each in by_file.json()["rows"]] == [2, 3]
    assert browser.delete(path).status_code == 204
    assert sign_in(cast.bruno).get(path).status_code == 404
    assert sign_in(cast.hugo).get(path).status_code == 403
    assert sign_in(cast.claire).post(LISTS, {"file": upload(heading="x")}).json().keys() == {"file"}


@pytest.mark.parametrize(
    "body", [{}, {"rows": []}, {"rows": ["x"]}, {"rows": [{"email": ["x"]}]}, {"rows": [{}] * 1001}]
)
def test_a_program_that_errs_is_told(cast, sign_in, body):
    assert sign_in(cast.claire).post(LISTS, body, "application/json").status_code == 400


# --- The table as a file ----------------------------------------------------------------------------


def test_the_table_of_users_as_a_file_shows_what_the_page_shows(cast, english, sign_in, lines):
    cast.felix.last_name = "=Evil()"
    cast.felix.save()
    browser = sign_in(cast.claire)

    def saved(query="", prefix="/users/export"):
        answer = browser.get(f"{prefix}/csv/{query}")
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Cache-Control"] == "no-store, private"
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))

    rows = saved()
    assert {row["E-mail"] for row in rows} == {
        f"{name}@rochat.example" for name in ("claire", "hugo", "sonia", "felix")
    } | {cast.fiona.email}
    felix = next(row for row in rows if row["E-mail"] == cast.felix.email)
    assert (felix["Last name"], felix["Role"], felix["Given by"]) == ("'=Evil()", "Finance", cast.reto.name)
    # Fiona works for Keller too: of that nothing is in Claire's file.
    assert not [row for row in rows if "Keller" in str(row)]
    assert [row["E-mail"] for row in saved("?preset=finance")] == [cast.felix.email]
    assert saved("", "/api/v1/users/export") == rows
    sheet = load_workbook(io.BytesIO(browser.get("/users/export/xlsx/").content)).active
    assert sheet.max_row == len(rows) + 1
    assert (browser.get("/users/export/pdf/").status_code, len(lines("access.exported"))) == (404, 4)
    line = lines("access.exported")[1]
    assert (line.actor, line.company, line.facts) == (
        cast.claire.pk, cast.rochat.pk, {"people": 1, "kind": "csv"},
    )  # fmt: skip
    assert browser.get("/users/export/csv/?company=x")["Location"] == "/users/?company=x"
    assert browser.get("/api/v1/users/export/csv/?company=x").status_code == 400


def test_a_file_asks_as_often_for_many_as_for_few_and_has_an_end(cast, monkeypatch):
    from permissions.holders import people_within
    from tests.factories import make_user

    def counted():
        with names_remembered(), CaptureQueriesContext(connection) as queries:
            services.export_people(people_within(cast.claire), "csv", by=cast.claire)
        return len(queries)

    few = counted()
    for number in range(20):
        grants.write(cast.rochat, to=make_user("N", f"N{number}"), preset="finance", by=cast.reto)
    assert counted() == few
    monkeypatch.setattr("users.services.exports.MOST_PEOPLE", 20)
    with pytest.raises(NotNow):
        counted()
    for nobody in (cast.hugo, cast.nadia, cast.zoe):
        with pytest.raises(NotAllowed):
            services.export_people(people_within(nobody), "csv", by=nobody)
