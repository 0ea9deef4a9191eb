"""What somebody must do after signing in before any page, API or socket opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from users import second_factor, terms

# By name: an address that is added later is closed until somebody opens it here or at its gate.
ALWAYS_OPEN = frozenset(
    {
        "account_logout",
        "livez",
        "privacy",
        "readyz",
        "set_language",
        "terms",
        "terms_version",
        # “This was not me” is said by a mailed link, whoever is signed in where it is opened.
        "users:deny_email",
    }
)


@dataclass(frozen=True)
class Gate:
    """One thing to do first: the page where it is done, and what an API says meanwhile."""

    code: str
    page: str
    detail: Any
    # Whether this user still stands before it.
    closed: Callable[[Any], bool]
    # Further pages, by name, that are needed to pass it.
    open: frozenset[str] = field(default_factory=frozenset)

    def lets(self, view_name: str) -> bool:
        """Whether an address stays open before this gate."""
        return view_name == self.page or view_name in self.open or view_name in ALWAYS_OPEN


# One after the other.
GATES = (
    Gate(
        code="initial_password",
        page="users:first_password",
        detail=_("Choose a password of your own first."),
        closed=lambda user: user.initial_password_until is not None,
    ),
    Gate(
        code="second_factor_required",
        page="mfa_activate_totp",
        detail=_("Set up your second factor first."),
        closed=second_factor.is_missing,
        open=frozenset(
            {
                "account_reauthenticate",
                "mfa_add_passkey",
                "mfa_email",
                "mfa_email_confirm",
                "mfa_reauthenticate",
                "mfa_sms",
                "mfa_sms_confirm",
            }
        ),
    ),
    Gate(
        code="terms_required",
        page="users:accept_terms",
        detail=_("Accept the terms first."),
        closed=terms.is_asked,
        # The codes of a second factor that was just set up are shown once: first of all.
        open=frozenset(
            {
                "me-accept-terms",
                "me-terms",
                "mfa_download_recovery_codes",
                "mfa_reauthenticate",
                "mfa_view_recovery_codes",
            }
        ),
    ),
)


def gate_before(user: Any) -> Gate | None:
    """The first gate that this user, as a session gives it, has not passed; None for somebody inside."""
    # Asked several times in a request: a yes is kept with the user as the request has loaded it.
    if getattr(user, "_passed_all_gates", False):
        return None
    gate = next((gate for gate in GATES if gate.closed(user)), None)
    user._passed_all_gates = gate is None
    return gate


def is_inside(user: Any) -> bool:
    """Whether this user may go on to any page, API or socket."""
    return user.is_authenticated and user.is_active and gate_before(user) is None
