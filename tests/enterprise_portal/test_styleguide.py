"""The gallery: staff see every component, for everybody else it does not exist."""

import re

import pytest


@pytest.mark.parametrize("who", ["reto", "pauline"])
def test_staff_see_the_gallery(cast, sign_in, who):
    answer = sign_in(getattr(cast, who)).get("/styleguide/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "There is a problem" in page or "error-summary" in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "every id stands once"


def test_customers_do_not(cast, sign_in):
    assert sign_in(cast.claire).get("/styleguide/").status_code == 404


def test_people_not_signed_in_are_sent_to_the_door(client, db):
    assert client.get("/styleguide/").status_code == 302


def test_the_frame_speaks_the_language_of_the_page(cast, sign_in):
    page = sign_in(cast.reto).get("/styleguide/", headers={"accept-language": "en"}).content.decode()
    assert re.search(r'<html lang="(de|fr|it|en)-CH"', page)
    assert page.count('name="language"') >= 4
    assert "<script>" not in page
    assert not re.search(r"<[a-z]+[^>]*\sstyle=", page)
