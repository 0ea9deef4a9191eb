"""`user.has_perm("claim.view", claim_file)` answered by the policy, so that templates and DRF hear the same."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from permissions import policy
from permissions.vocabulary import ACTIONS, LOCKS


class PolicyBackend(BaseBackend):
    """Knows no passwords; answers rights only. Words that are not the policy's own are refused."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if perm not in ACTIONS and perm not in LOCKS:
            return False
        if obj is None:
            return policy.can_somewhere(user_obj, perm)
        return policy.can(user_obj, perm, obj)
