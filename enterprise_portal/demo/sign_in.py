"""The demo's single sign-on: prepared at one company, up to the test that its provider would have to pass."""

from __future__ import annotations

from typing import Any

from enterprise_portal.demo.people import ROCHAT
from users.models import User
from users.sso import services as sso


def prepare_single_sign_on(companies: dict[str, Any], reto: User) -> None:
    """A confirmed domain and a connection that is not tested yet."""
    company = companies[ROCHAT]
    sso.add_domain(company, "rochat.example", by=reto)
    sso.save_connection(
        company,
        by=reto,
        protocol="oidc",
        issuer="https://login.rochat.example",
        client_id="enterprise-portal",
        secret="of the demo",  # noqa: S106  opens nothing
        factor_values=["mfa"],
    )
