"""At every door of the API: a token opens what its actions open, and nothing that goes by the person alone."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import resolve

from tests.house.doors import METHODS, Walker, path_of, scene, token_of
from tests.house.routes import patterns
from users import second_factor

pytestmark = [pytest.mark.django_db, pytest.mark.long]

# What everybody with a session gets without any right, and a token too: it tells a program in whose name it acts.
OF_THE_PERSON = {("me", "GET")}


def doors(ids):
    """Name and path of every door of the API."""
    paths = [(name, path_of(name, ids)) for name, _placeholders in patterns()]
    return [(name, path) for name, path in paths if path.startswith("/api/v1/")]


def methods_of(path):
    """The methods that this door knows at all: the others end in the framework, whoever asks."""
    view = resolve(path).func
    known = getattr(view, "actions", None) or dir(view.cls)
    return [method for method in METHODS if method.lower() in known]


def show(text, method, path):
    """The answer to a program that shows this token; what it does is undone."""
    cache.clear()
    client = Client(headers={"authorization": f"Bearer {text}"}, raise_request_exception=False)
    with transaction.atomic():
        answer = client.generic(method, path, "{}", content_type="application/json")
        if answer.streaming:
            b"".join(answer.streaming_content)
            for close in answer._resource_closers:
                close()
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("who", ["hugo", "nadia", "pauline"])
def test_a_token_without_use_opens_no_door_that_takes_a_right(cast, sign_in, settings, tmp_path, who):
    """Scoped to an action that its holder does not have, it gets what Zoé gets, who has no right at all."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    here, walker = scene(cast), Walker(cast, sign_in)
    holder = getattr(cast, who)
    idle = token_of(holder, ("settings.manage",)).name
    wrong = []
    for name, path in doors(here.near):
        for method in methods_of(path):
            if (name, method) in OF_THE_PERSON:
                continue
            answer = show(idle, method, path)
            if answer.status_code >= 400:
                continue
            nobody = walker.visit("zoe", method, path).status_code
            if answer.status_code != nobody:
                wrong.append(f"{name} {method}: {answer.status_code}, not {nobody}")
            elif method == "GET" and name.endswith("-list") and answer.json().get("results"):
                wrong.append(f"{name}: lists {len(answer.json()['results'])}")
    assert not wrong, "\n".join(wrong)


def test_the_account_itself_is_no_place_for_tokens(cast, settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    text = token_of(cast.hugo).name
    second_factor.enrol_demo_factor(cast.hugo)
    for name, path in doors(scene(cast).near):
        for method in METHODS if path.startswith("/api/v1/me/") else ():
            if (name, method) not in OF_THE_PERSON:
                answer = show(text, method, path)
                assert (answer.status_code, answer.json()["code"]) == (403, "not_by_token"), (method, path)


def test_no_token_and_a_wrong_one_open_no_door(cast, settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    here = scene(cast)
    dead = token_of(cast.hugo)
    text = dead.name
    dead.delete()
    for name, path in doors(here.near):
        for method in methods_of(path):
            answer = show(text, method, path)
            assert answer.status_code == 401, (name, method)
            assert answer["WWW-Authenticate"].startswith("Bearer"), (name, method)
