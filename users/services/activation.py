"""The first administrator of a company: a letter to its management with a code, used once."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core import letters
from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.audit import record
from permissions.policy import find
from users import paper, tasks
from users.models import Activation, Invitation, User, activation_expiry, digest, new_code, read_code
from users.services.invitations import invite

PRESET, EXTRA = "administrator", ("users.manage",)


@transaction.atomic
def order_activation(company_id: Any, *, by: User) -> Activation:
    """Order the letter with an activation code to the management of a company; a former code is dead.

    `by` grants user management there. Raises OutOfReach/NotAllowed, NotNow without an address to write to.
    """
    companies = apps.get_model("companies.Company").unrestricted
    company = find(by, companies.select_for_update(no_key=True), company_id, "users.grant_management")
    if not (company.postcode and company.town):
        raise NotNow(_("The company has no postal address: add it first."), code="no_address")
    now = timezone.now()
    Activation.unrestricted.filter(company=company, used=None, withdrawn=None).update(withdrawn=now)
    activation = Activation.unrestricted.create(company=company, ordered_by=by)
    tasks.print_activation.defer(activation_id=str(activation.pk))
    record(by, "activation.ordered", activation)
    return activation


def print_activation(activation_id: Any) -> None:
    """Make the code and the letter, keep the digest, and hand the letter over; nothing once that was done.

    The code is kept first: a letter that is on its way always opens. Interrupted in between, it is made anew.
    """
    activation = Activation.unrestricted.select_related("company").filter(pk=activation_id).first()
    if activation is None or activation.printed or activation.state != Activation.State.OPEN:
        return
    company = activation.company
    code = new_code()
    expires = activation_expiry()
    with translation.override(company.language):
        content = paper.activation(code, expires)
        recipient = [company.name, str(paper.MANAGEMENT), *company.address_lines]
    letter = letters.compose(activation.pk, "activation", company.language, recipient, content)
    open_still = Activation.unrestricted.filter(pk=activation.pk, printed=None, used=None, withdrawn=None)
    if open_still.update(digest=digest(read_code(code)), expires=expires):
        letters.deliver(letter)
        with transaction.atomic():
            open_still.update(printed=timezone.now())
            record(None, "activation.printed", activation, sha256=letter.sha256, pages=letter.pages)


def find_activation(code: str) -> Activation:
    """The letter whose code this is. Raises OutOfReach for a code that was never printed."""
    found = Activation.unrestricted.select_related("company").filter(digest=digest(read_code(code))).first()
    if found is None:
        raise OutOfReach
    return found


@transaction.atomic
def activate(code: str, *, email: str, first_name: str, last_name: str, language: str = "fr") -> Invitation:
    """Use an activation code, once: its holder is invited as the company's administrator with user management.

    Terms and privacy notice count as accepted now. Raises OutOfReach for an unknown code, ValidationError by field,
    NotNow with the code `used`, `withdrawn`, `expired` or `lapsed`.
    """
    rows = Activation.unrestricted.select_for_update(of=("self",)).select_related("company", "ordered_by")
    activation = rows.filter(digest=digest(read_code(code))).first()
    if activation is None:
        raise OutOfReach
    by = check_open(activation)
    try:
        invitation = invite(
            activation.company,
            email=email,
            first_name=first_name,
            last_name=last_name,
            preset=PRESET,
            extra=EXTRA,
            by=by,
            language=language,
            by_letter=True,
        )
    except (NotAllowed, OutOfReach) as error:
        raise NotNow(_LAPSED, code="lapsed") from error
    activation.used = activation.accepted = timezone.now()
    activation.invitation = invitation
    activation.save(update_fields=["used", "accepted", "invitation"])
    record(None, "activation.used", activation, invitation=invitation.pk)
    return invitation


_LAPSED = _("Whoever ordered this letter may no longer do so. Call us: we send a new one.")


def check_open(activation: Activation) -> User:
    """Whoever ordered a letter that still opens. Raises NotNow, with the reason, for one that does not."""
    if activation.used:
        raise NotNow(_("This code was used already. Each code is good once."), code="used")
    if activation.withdrawn:
        raise NotNow(_("A newer letter was sent. Use the code in that one."), code="withdrawn")
    if activation.state == Activation.State.EXPIRED:
        raise NotNow(_("This code has expired. Call us: we send a new letter."), code="expired")
    by = activation.ordered_by
    if by is None or not by.is_active:
        raise NotNow(_LAPSED, code="lapsed")
    try:
        grants.check_limits(by, activation.company, PRESET, sorted(EXTRA), [])
    except (NotAllowed, OutOfReach) as error:
        raise NotNow(_LAPSED, code="lapsed") from error
    return by
