"""These tests read English pages; papers lie in a directory of their own."""

import pytest
from django.utils import translation

from users.models import User


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    """An empty store."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"


@pytest.fixture(autouse=True)
def english():
    """Sentences outside of requests in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def cast(cast):
    """The cast, all reading English."""
    User.objects.update(language="en")
    for someone in vars(cast).values():
        if isinstance(someone, User):
            someone.language = "en"
    return cast
