"""The end of an account, whoever decides it: everything that opens a door dies with it."""

from __future__ import annotations

from django.utils import timezone

from permissions import reach
from users.models import User
from users.scim.tokens import end_tokens as end_directory_tokens
from users.services.asking import end_access_requests
from users.services.bank import end_requests
from users.services.deputies import end_deputies
from users.services.factors import end_codes, end_trusted_browsers
from users.services.links import end_links
from users.services.management_requests import end_management_requests
from users.services.sign_in import end_sessions
from users.services.tokens import end_tokens
from users.services.view_as import end_viewings
from users.sso import services as sso


def close_account(user: User) -> None:
    """Close an account at once: sessions, sockets, API tokens, tokens of directories, trusted browsers, codes under
    way, mailed links, who it is at a provider; bank details that nobody has approved yet; requests for access; views by
    him or as him; deputies, and who stood in for whom; user management that waits for a second person.

    Within the caller's transaction.

    Invitations that this person sent lapse: they are kept only as long as their sender may give what he promised.
    """
    user.is_active, user.deactivated_at = False, timezone.now()
    user.save(update_fields=["is_active", "deactivated_at"])
    reach.forget()
    end_links(user)
    sso.forget(user)
    end_sessions(user)
    end_tokens(user)
    end_directory_tokens(user)
    end_trusted_browsers(user)
    end_codes(user)
    end_requests(user)
    end_viewings(user)
    end_deputies(user)
    end_management_requests(user)
    end_access_requests(user)
