"""What the list of tokens can be narrowed by."""

from __future__ import annotations

import django_filters

from users.scim.models import ScimToken


class TokenFilter(django_filters.FilterSet):
    """Tokens by company."""

    company = django_filters.UUIDFilter(field_name="company_id")

    class Meta:
        model = ScimToken
        fields: list[str] = []
