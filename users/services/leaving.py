"""Leaving: withdrawal from the terms, deletion by the insurer, and removing what one added oneself.

The row of an account stays, emptied: reports, papers, claim files and the audit trail name it by its id. What hangs
on it as somebody's own goes (docs/decisions/0013-leaving.md).
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants, reach
from permissions.audit import record
from permissions.policy import can
from users import tasks, terms
from users.models import BankDetails, CorrectionRequest, Farewell, Invitation, PersonalChoice, User
from users.services.account import set_choices
from users.services.closing import close_account
from users.services.sign_in import end_sessions


@transaction.atomic
def withdraw(user: User, confirmation: str) -> None:
    """Withdraw from the terms: the account with everything personal is deleted at once.

    `confirmation` is the own user name, typed. Raises ValidationError if it is not, NotNow with the code `staff`,
    `too_late` or `last_administrator`.
    """
    locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    check_withdrawal(locked)
    if "".join(confirmation.split()).upper() != locked.identifier.upper():
        raise ValidationError({"confirmation": _("This is not your user name. Copy it from the line above.")})
    _erase(locked, by=user, way="withdrawal")


@transaction.atomic
def check_withdrawal(user: User) -> None:
    """Raise NotNow if somebody cannot withdraw now: the sentence says who can help."""
    if grants.is_staff(user):
        raise NotNow(_("Accounts of the insurer’s people are closed by the insurer."), code="staff")
    until = terms.withdrawal_until(user)
    if until is None or until < timezone.now():
        raise NotNow(
            _("The time for withdrawal is over. Ask the insurer to delete your account."), code="too_late"
        )
    grants.keep_managers_without(user)


@transaction.atomic
def delete_account(user_id: Any, *, by: User) -> User:
    """Delete a deactivated account: by the contract manager of all its companies, or by who manages the settings.

    Raises OutOfReach for somebody he does not see, NotAllowed for himself or without the right, NotNow while
    the account is open, for people of the insurer, and if it also has access elsewhere.
    """
    user = User.objects.select_for_update(of=("self",), no_key=True).filter(pk=user_id, erased=None).first()
    if user is None:
        raise OutOfReach
    check_deletion(user, by=by)
    _erase(user, by=by, way="insurer")
    return user


def check_deletion(user: User, *, by: User) -> None:
    """Raise as `delete_account` does if `by` cannot delete this account now."""
    reach.forget()
    if user.erased or grants.is_staff(user):
        raise OutOfReach
    rows = grants.grants_of(user)
    insured = apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user)
    scopes = [row.content_object for row in rows]
    scopes += [person.company for person in insured.select_related("company")]
    seen = [scope for scope in scopes if can(by, "users.view", scope)]
    everywhere = reach.reach_of(by).scopes("settings.manage").everywhere
    # Whoever manages the settings also deletes the account of somebody who has nothing left.
    if not seen and not everywhere:
        raise OutOfReach
    for scope in seen:
        if user.pk == by.pk or not (everywhere or can(by, "users.grant_management", scope)):
            raise NotAllowed("users.grant_management", scope)
    if len(seen) < len(scopes):
        raise NotNow(_("This person also has access elsewhere. Remove the access here instead."))
    if user.is_active:
        raise NotNow(_("Close the account first. It can be deleted then."), code="still_open")


@transaction.atomic
def clear_own_additions(user: User, *, keep: str = "") -> None:
    """Remove what the person added for himself, and keep the account: settings, titles, private drafts, news.

    Consents are withdrawn, delivery is digital again; the other sessions end (`keep` is the present one's key).
    """
    locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    locked.theme, locked.unmailed = User.Theme.AUTO, []
    locked.save(update_fields=["theme", "unmailed"])
    user.theme, user.unmailed = locked.theme, []
    set_choices(user, **{subject: values[0] for subject, values in PersonalChoice.VALUES.items()})
    end_sessions(locked, keep=keep)
    # What other rooms keep for the person goes with the reactions to this line.
    record(user, "user.additions_cleared", user)


def _erase(user: User, *, by: User, way: str) -> None:
    close_account(user)
    farewell = Farewell.objects.create(email=user.email, language=user.language, way=way)
    tasks.send_farewell.defer(farewell_id=str(farewell.pk))
    # Before the account is emptied: other rooms remove what is the person's own.
    record(by, "user.erased", user, way=way)
    apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user).update(user=None)
    # Benefits are still paid: where to stays with the insured person.
    BankDetails.unrestricted.filter(user=user).update(user=None)
    CorrectionRequest.unrestricted.filter(user=user).update(
        wanted="", answer="", state=CorrectionRequest.State.CLOSED
    )
    nobody = f"{user.pk}@left.invalid"
    Invitation.unrestricted.filter(accepted_by=user).update(email=nobody, first_name="", last_name="")
    _remove_what_hangs_on(user)
    _empty(user, nobody)
    reach.forget()


def _remove_what_hangs_on(user: User) -> None:
    """Delete the rows that would have gone with the account's row: each room says so by its CASCADE."""
    for relation in own_relations():
        rows = relation.related_model._base_manager.filter(**{relation.field.name: user.pk})
        rows.delete()


def own_relations() -> list[Any]:
    """The relations of an account whose rows are somebody's own."""
    return [
        relation
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE
    ]


def _empty(user: User, email: str) -> None:
    user.email = email
    user.identifier = f"-{user.pk.hex[:19]}"
    user.first_name = user.last_name = user.sort_key = user.phone = user.function = ""
    user.language, user.theme, user.unmailed = "fr", User.Theme.AUTO, []
    user.last_login = None
    user.set_unusable_password()
    user.erased = timezone.now()
    user.save()
