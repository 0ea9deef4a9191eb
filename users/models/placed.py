"""What stands on a company, or more narrowly on a site, a contract or a claim file of it."""

from __future__ import annotations

from typing import Any

from django.db import models

from permissions.scoped import ScopedModel


class PlacedModel(ScopedModel):
    """A right, or what is to become one, and on what it stands.

    Of `site`, `contract` and `claim_file` at most one is set: it narrows the scope from the company to that.
    """

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey("companies.Site", on_delete=models.CASCADE, null=True, related_name="+")
    contract = models.ForeignKey("companies.Contract", on_delete=models.CASCADE, null=True, related_name="+")
    claim_file = models.ForeignKey(
        "claims_files.ClaimFile", on_delete=models.CASCADE, null=True, related_name="+"
    )

    scope_fields = {
        "company": "company_id",
        "site": "site_id",
        "contract": "contract_id",
        "claim_file": "claim_file_id",
    }

    class Meta(ScopedModel.Meta):
        abstract = True

    @property
    def scope(self) -> Any:
        """On what it stands."""
        return self.claim_file or self.contract or self.site or self.company

    @property
    def scope_kind(self) -> str:
        """`company`, `site`, `contract` or `claim_file`, as in the ledger."""
        kinds = ("claim_file", "contract", "site")
        return next((kind for kind in kinds if getattr(self, f"{kind}_id")), "company")
