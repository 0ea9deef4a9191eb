"""What lists of connections and domains can be narrowed by."""

from __future__ import annotations

import django_filters

from users.sso.models import SsoConnection, SsoDomain


class ConnectionFilter(django_filters.FilterSet):
    """Connections by company and state."""

    company = django_filters.UUIDFilter(field_name="company_id")
    active = django_filters.BooleanFilter()

    class Meta:
        model = SsoConnection
        fields: list[str] = []


class DomainFilter(django_filters.FilterSet):
    """Domains by company."""

    company = django_filters.UUIDFilter(field_name="company_id")

    class Meta:
        model = SsoDomain
        fields: list[str] = []
