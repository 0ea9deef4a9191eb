"""Pages are read in English here, whatever languages the cast speaks."""

import pytest
from django.utils import translation


@pytest.fixture
def english():
    """Sentences outside of requests in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def sign_in(sign_in):
    """As in all tests, with the pages in English."""

    def enter(user, on=None):
        user.language = "en"
        user.save(update_fields=["language"])
        return sign_in(user, on)

    return enter
