"""The acts of this room: signing in, inviting, granting and taking away access, one's own account."""

from users.services.access import (
    answer_request,
    change_grant,
    deactivate,
    give_access,
    has_anything,
    remove_access,
    request_access,
    smallest_preset,
    who_can_grant,
)
from users.services.account import set_phone, set_preferences
from users.services.invitations import (
    accept_invitation,
    find_invitation,
    invite,
    renew,
    resend,
    withdraw_invitation,
)
from users.services.sign_in import (
    end_sessions,
    end_sessions_by_hand,
    raise_suspicion,
    renew_recovery_codes,
    send_password_link,
    set_password,
    set_second_factor,
    sign_in_failed,
    signed_in,
    signed_out,
)

__all__ = [
    "accept_invitation",
    "answer_request",
    "change_grant",
    "deactivate",
    "end_sessions",
    "end_sessions_by_hand",
    "find_invitation",
    "give_access",
    "has_anything",
    "invite",
    "raise_suspicion",
    "remove_access",
    "renew",
    "renew_recovery_codes",
    "request_access",
    "resend",
    "send_password_link",
    "set_password",
    "set_phone",
    "set_preferences",
    "set_second_factor",
    "sign_in_failed",
    "signed_in",
    "signed_out",
    "smallest_preset",
    "who_can_grant",
    "withdraw_invitation",
]
