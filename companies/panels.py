"""What rooms above add to the page of a person or a company.

A panel is a function (request, person or company) → HTML, empty where it has nothing to say to this reader.
Rooms register theirs when they start (`AppConfig.ready`); the page shows them in the order of registration.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

Panel = Callable[[HttpRequest, Any], str]

PERSON: list[Panel] = []
COMPANY: list[Panel] = []


def draw(panels: list[Panel], request: HttpRequest, obj: Any) -> list[str]:
    """The HTML of those that have something to say."""
    return [html for panel in panels if (html := panel(request, obj))]
