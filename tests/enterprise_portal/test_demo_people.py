"""The invented people of the demo: nobody is made to bear a child who cannot."""

from __future__ import annotations

from datetime import date
from random import Random
from types import SimpleNamespace

import pytest

from enterprise_portal.demo.cases import _whose
from enterprise_portal.demo.companies import BOTH, COMPANIES, FIRST_NAMES, MEN, _persons
from tests.factories import make_person


def test_everybody_has_the_sex_that_the_name_speaks_of():
    for language, names in MEN.items():
        assert set(names) < set(FIRST_NAMES[language]), language
        assert not BOTH & set(names), language
    sites = [SimpleNamespace(postcode="1003", town="Lausanne")]
    people = [
        each
        for place, sketch in enumerate(COMPANIES)
        for each in _persons(Random(place), sketch, sites, 60, place)
    ]
    found = {(each["first_name"], each["language"]): set() for each in people}
    for each in people:
        found[each["first_name"], each["language"]].add(each["sex"])
    assert found["Jérôme", "fr"] == found["Andrea", "it"] == {"m"}
    assert found["Hélène", "fr"] == found["Andrea", "de"] == {"f"}
    assert {name for (name, _language), sexes in found.items() if len(sexes) > 1} - {"Andrea"} <= BOTH


@pytest.mark.django_db
def test_the_draft_of_a_maternity_is_about_a_woman_who_is_young_enough(cast):
    make_person(cast.rochat, cast.morges, "Jérôme", "Favre", birth_date=date(1990, 1, 1))
    make_person(cast.rochat, cast.morges, "Hélène", "Blanc", sex="f", birth_date=date(1965, 1, 1))
    mother = make_person(cast.rochat, cast.morges, "Aline", "Bovet", sex="f", birth_date=date(1990, 1, 1))
    assert _whose("maternity", cast.rochat) == mother
