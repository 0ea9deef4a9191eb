"""How often somebody may try: what pages and API count alike, by caller and by what is tried."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from allauth.core.exceptions import RateLimited
from allauth.core.internal import ratelimit as counting

from users import services
from users.models import Activation

REGISTRATION = "registration"


def may_register(request: Any, number: str, email: str) -> bool:
    """Count a registration, by number and by address whoever tries them; False beyond the limits."""
    keys = (f"number {''.join(number.split()).casefold()}", f"mail {email}")
    return all(ratelimit.consume(request, action=REGISTRATION, key=key) for key in keys)


def may_use_link(request: Any, link: Any) -> bool:
    """Count details sent with a registration link; False beyond the limits."""
    return bool(ratelimit.consume(request, action=REGISTRATION, key=f"link {link.pk}"))


def may_open_link(request: Any) -> bool:
    """Count the opening of a mailed link, by caller; False beyond the limits."""
    return bool(ratelimit.consume(request, action="reset_password_from_key"))


def activation_of(request: Any, code: str) -> Activation:
    """The letter of a code. A wrong one counts, also on being opened, by caller and by how the code begins.

    By how it begins for all callers together: a guess comes near one letter, and disturbs no other. Raises
    RateLimited, OutOfReach.
    """
    usage = counting.consume(
        request, app="allauth.account", action="activation", key=code[:4], limit_get=True
    )
    if not usage:
        raise RateLimited
    found = services.find_activation(code)
    usage.rollback()
    return found
