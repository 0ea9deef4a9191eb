"""The PUK: opens a locked account, or takes away a second factor that was lost; once, and everybody is told."""

from __future__ import annotations

import uuid

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from permissions.audit import record
from users import second_factor, tasks
from users.models import Puk, User, read_code
from users.services.locking import forget_failures
from users.services.lookup import account_of
from users.services.sign_in import end_sessions

# No hash at all: compared in the time of one.
_NONE = "!"


@transaction.atomic
def use_puk(login: str, code: str, *, lost_factor: bool) -> bool:
    """Use a PUK, once: the account is unlocked; with `lost_factor` its factors go and its sessions end.

    The password is asked for afterwards as ever. The same questions and one slow hash for an unknown account, one
    without PUK, a wrong PUK and a used one; returns whether it was right, which the answer to the browser does not tell.
    """
    found = account_of(login)
    key = found.pk if found is not None else uuid.uuid4()
    user = User.objects.select_for_update().filter(pk=key, is_active=True).first()
    row = Puk.objects.filter(user_id=key, used=None).first()
    right = check_password(read_code(code), row.hash if row is not None else _NONE)
    if user is None or row is None or not right:
        record(None, "user.sign_in_failed", found, stage="puk")
        return False
    row.used = timezone.now()
    row.save(update_fields=["used"])
    forget_failures(user)
    if lost_factor:
        second_factor.remove_all(user)
        end_sessions(user)
    record(user, "user.puk_used", user, lost_factor=lost_factor)
    tasks.tell_of_puk.defer(user_id=str(user.pk), lost_factor=lost_factor)
    return True
