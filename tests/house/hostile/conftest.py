"""A stage for hostile input: one case, and the browsers of those who work with it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.house import doors


@pytest.fixture(autouse=True)
def calm(settings, tmp_path):
    """A store of its own, and no attempts counted so far."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def refusals():
    """A page of refusal is drawn once for each person and all it is given."""
    with doors.refusals_drawn_once():
        yield


@pytest.fixture
def scene(cast) -> SimpleNamespace:
    return doors.scene(cast)


@pytest.fixture
def browsers(cast, sign_in) -> dict[str, Client]:
    """Everybody who works with the portal, signed in."""
    found = {
        who: sign_in(getattr(cast, who), on=Client(raise_request_exception=False)) for who in doors.PEOPLE
    }
    # Whoever is active is written down once a minute: not anew at every visit that is undone.
    for browser in found.values():
        browser.get(reverse("account_session"))
    return found
