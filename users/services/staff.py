"""People of the insurer: their accounts and roles. The first ones are made on the command line (`manage.py staff`)."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from permissions import grants
from permissions.audit import record
from users import tasks
from users.models import User
from users.services.closing import close_account


@transaction.atomic
def appoint(
    email: str,
    preset: str,
    *,
    first_name: str = "",
    last_name: str = "",
    language: str = "fr",
    all_companies: bool = False,
    by: User | None = None,
) -> User:
    """Give somebody a role at the insurer; an account is made if there is none, with a link to choose a password.

    `preset` is one of `permissions.vocabulary.STAFF_PRESETS`; `all_companies` instead of the own portfolio. By the
    command line (`by` None) or a holder of `settings.manage`. Raises NotAllowed, ValidationError by field.
    """
    email = email.strip().lower()
    user = User.objects.select_for_update().filter(email=email).first()
    new = user is None
    if user is None:
        user = User(
            email=email, first_name=first_name.strip(), last_name=last_name.strip(), language=language
        )
        user.clean_fields(exclude=["password", "identifier", "sort_key"])
        fields = {"first_name": user.first_name, "last_name": user.last_name, "language": language}
        user = User.objects.create_user(email, **fields)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    elif not user.is_active:
        user.is_active, user.deactivated_at = True, None
        user.save(update_fields=["is_active", "deactivated_at"])
    grants.appoint(user, preset, by=by, all_companies=all_companies)
    if new:
        tasks.send_password_link.defer(user_id=str(user.pk), new=True)
    return user


@transaction.atomic
def dismiss(email: str, *, by: User | None = None) -> User:
    """Close the account of somebody of the insurer, at once: sessions, API tokens, links and trusted browsers die with it.

    The role stays on record. Raises ValidationError for an address without a role at the insurer, or closed already.
    """
    user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
    if user is None or not grants.is_staff(user):
        raise ValidationError({"email": _("Nobody with this address has a role at the insurer.")})
    if not user.is_active:
        raise ValidationError({"email": _("This account is deactivated already.")})
    close_account(user)
    record(by, "user.deactivated", user)
    return user


def roles() -> list[Any]:
    """Everybody with a role at the insurer, by name: `permissions.ledger.StaffRole` with its user loaded."""
    return list(grants.staff_roles().select_related("user").order_by("user__sort_key"))
