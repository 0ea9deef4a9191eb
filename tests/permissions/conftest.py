"""For `make mutants`: a rule of the policy is broken when the process is told so."""

import os


def pytest_configure(config):
    if rule := os.environ.get("PORTAL_MUTANT"):
        from hypothesis import Phase, settings

        from tests.permissions.mutants import break_rule

        # To know that a law breaks is enough; the smallest example takes minutes.
        settings.register_profile("mutants", phases=[Phase.generate])
        settings.load_profile("mutants")

        break_rule(rule)
