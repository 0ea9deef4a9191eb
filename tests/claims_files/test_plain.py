"""Plain words: codes explained by the day and in the reader's language, loaded as a table, unknown ones said so."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from claims_files import plain
from claims_files.bills import services as bills
from claims_files.models import Term
from claims_files.term_imports import TERMS
from core import imports
from core.errors import NotAllowed
from permissions.trail import AuditLine
from tests.factories_bills import send_bill

pytestmark = pytest.mark.django_db
HEADING = "Kind of code;Code;Valid from;Text in German;Text in French;Text in Italian;Text in English"
GOOD = "Tariff;00.0010;1.1.2020;Konsultation, erste 5 Minuten;Consultation, 5 premières minutes;Consultazione, primi 5 minuti;Consultation, first 5 minutes"
LATER = GOOD.replace("2020", "2026").replace("first 5", "first ten")
REASON = "Motif;r12;01.01.2020;Nicht versichert;Pas assuré;Non assicurato;Not insured"


def brought(*rows, by):
    return imports.bring(TERMS, None, io.BytesIO("\r\n".join([HEADING, *rows]).encode()), by=by)


def judged(table):
    return [[f"{each.column} {each.code}".strip() for each in line.problems] or line.outcome
            for line in imports.lines_of(table.rows.order_by("number"))]  # fmt: skip


def loaded(cast, *rows):
    table = brought(*rows, by=cast.sacha)
    imports.confirm(TERMS, table.pk, by=cast.sacha)
    imports.carry_on(table.pk)
    return table


def test_every_row_is_judged_and_the_same_table_changes_nothing(cast):
    rows = {
        GOOD: "new",
        LATER: "new",
        REASON: "new",
        GOOD + " ": ["double"],
        "Gossip;X1;1.1.2020;a;b;c;d": ["kind choice"],
        "Tariff;;1.1.2020;a;b;c;": ["code missing", "text_en missing"],
        "Tariff;A B;1.1.2020;a;b;c;d": ["code no_code"],
        "Tariff;X1;yesterday;a;b;c;d": ["valid_from invalid"],
    }
    table = brought(*rows, by=cast.sacha)
    assert judged(table) == list(rows.values())
    assert not Term.objects.exists()
    imports.confirm(TERMS, table.pk, by=cast.sacha)
    imports.carry_on(table.pk)
    assert sorted(Term.objects.values_list("kind", "code", "valid_from")) == [
        ("reason", "R12", date(2020, 1, 1)), ("tariff", "00.0010", date(2020, 1, 1)), ("tariff", "00.0010", date(2026, 1, 1)),
    ]  # fmt: skip
    again = brought(GOOD, REASON.replace("Not insured", "Not covered"), by=cast.sacha)
    assert judged(again) == ["unchanged", "changed"]
    imports.confirm(TERMS, again.pk, by=cast.sacha)
    imports.carry_on(again.pk)
    assert Term.objects.get(code="R12").text_en == "Not covered"
    events = AuditLine.unrestricted.filter(event__startswith="settings.terms").values_list("event", flat=True)
    assert sorted(events) == ["settings.terms_begun"] * 2 + ["settings.terms_over"] * 2


def test_only_whoever_manages_the_settings_loads_it_everybody_looks_it_up(cast, sign_in):
    loaded(cast, GOOD, REASON)
    for name in ("claire", "hugo", "reto", "pauline", "nadia"):
        with pytest.raises(NotAllowed):
            brought(GOOD, by=getattr(cast, name))
    load, words = reverse("claims_files:term_import"), reverse("claims_files:plain_words")
    for name, status in (("nadia", 403), ("pauline", 403), ("sacha", 200)):
        browser = sign_in(getattr(cast, name), on=Client())
        assert browser.get(load).status_code == status, name
        text = browser.get(words, {"q": "00.00"}).content.decode()
        assert "Consultation, first 5 minutes" in text
        assert (load in text) == (status == 200)
        assert "Not insured" not in text
        assert "Not insured" in browser.get(words, {"q": "insur", "kind": "reason"}).content.decode()
    assert "Nobody has explained such a code yet." in browser.get(words, {"q": "99"}).content.decode()
    api = reverse("claims_files:api-plain-words", args=["tariff", "00.0010"])
    assert browser.get(api).json()["text"] == "Consultation, first 5 minutes"
    assert browser.get(api, {"on": "2019-12-31"}).status_code == 404
    assert browser.get(api, {"on": "31.12.2019"}).status_code == 400
    assert browser.get(api.replace("tariff", "reason")).status_code == 404


def test_a_table_over_the_pages_and_the_api(cast, sign_in):
    sacha, load = sign_in(cast.sacha), reverse("claims_files:term_import")
    file = io.BytesIO("\n".join([HEADING, GOOD]).encode())
    file.name = "codes.csv"
    answer = sacha.post(load, {"file": file})
    assert answer.status_code == 302
    assert "Nothing has been written yet." in sacha.get(answer["Location"]).content.decode()
    discard = answer["Location"] + "discard/"
    assert sacha.post(discard)["Location"] == load
    assert sacha.get(reverse("claims_files:term_import_template", args=["csv"])).status_code == 200
    api = reverse("claims_files:api-term-import-bring")
    rows = [
        {
            "kind": "reason",
            "code": "R1",
            "valid_from": "1.1.2020",
            **dict.fromkeys(("text_de", "text_fr", "text_it", "text_en"), "x"),
        }
    ]
    made = sacha.post(api, {"rows": rows}, content_type="application/json")
    assert (made.status_code, made.json()["counts"]["new"]) == (201, 1)
    pauline = sign_in(cast.pauline, on=Client())
    assert pauline.post(api, {"rows": rows}, content_type="application/json").status_code == 403


def test_a_code_means_what_it_meant_on_the_day_in_the_readers_language(cast):
    loaded(cast, GOOD, LATER, REASON)
    for day, words in ((date(2025, 12, 31), "first 5 minutes"), (date(2026, 1, 1), "first ten minutes")):
        with translation.override("en"):
            (found,) = plain.explain(["00.0010"], day)
        assert words in found.text
    with translation.override("it"):
        known, unknown, reason = plain.explain(["00.0010", "99.99", "R12", "R12"], date(2026, 5, 1))
    assert (known.kind, unknown.text, reason.text) == ("tariff", "", "Non assicurato")
    assert plain.explain(["00.0010"], date(2019, 12, 31))[0].text == ""
    with translation.override("en"):
        assert len(plain.search("first 5", "", date(2025, 1, 1))) == 1
        assert plain.search("first 5", "", date(2026, 1, 1)) == [], "what it meant before is not found"


def test_codes_are_read_as_people_write_them():
    assert plain.read_codes(" 00.0010, r12;R12  39.0020 ") == ["00.0010", "R12", "39.0020"]
    assert plain.read_codes("") == []
    for wrong in ("<b>", "A" * 31, "50%", ", ".join(f"A{number}" for number in range(61))):
        with pytest.raises(ValidationError):
            plain.read_codes(wrong)


def test_the_insured_person_reads_what_the_codes_on_a_bill_mean(cast, sign_in):
    loaded(cast, GOOD.replace("2020", "2019"), REASON.replace("2020", "2019"))
    bill = send_bill(cast.nadia, contract=cast.ktg, date=timezone.localdate() - timedelta(days=2))
    bills.take(bill.pk, by=cast.pauline)
    pauline, page = sign_in(cast.pauline), reverse("claims_files:process_bill", args=[bill.pk])
    values = {"covered": "0", "own_share": "0", "explanation": "No cover.", "legal_remedy": "civil_action"}
    assert pauline.post(page, {**values, "codes": "<b>"}).status_code == 422
    assert pauline.post(page, {**values, "codes": "00.0010, r12, 99.99"}).status_code == 302
    nadia = sign_in(cast.nadia, on=Client())
    text = nadia.get(reverse("claims_files:bill", args=[bill.pk])).content.decode()
    for words in ("Consultation, first 5 minutes", "Not insured", "Nobody has explained this code yet."):
        assert words in text
    api = reverse("claims_files:api-bill-plain-words", args=[bill.pk])
    assert [row["text"] for row in nadia.get(api).json()] == [
        "Consultation, first 5 minutes",
        "Not insured",
        "",
    ]
    assert sign_in(cast.hugo, on=Client()).get(api).status_code == 404
    corrected = bills.correct(
        bill.pk,
        covered=Decimal("480.50"),
        explanation="Covered after all.",
        codes=["00.0010"],
        by=cast.pauline,
    )
    assert corrected.codes == ["00.0010"]
    assert corrected.earlier_results(manager="unrestricted").get().codes == ["00.0010", "R12", "99.99"]
