"""Flip every cell of the policy, swap every lock and break every rule: each must make a test fail.

`make mutants`, or `make mutants MUTANTS="hr claim"` for those whose name contains these words. Lists what no
test noticed; exit code 1 if there is anything.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tqdm import tqdm

# What is asked when a rule is broken: quick first, the laws last.
TESTS = ["test_policy.py", "test_grants.py", "test_laws.py"]


def main(wanted: str) -> int:
    """Run all mutants whose name contains `wanted`; 0 if every one was noticed."""
    environment = {**os.environ, "PORTAL_MUTANTS": wanted}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from tests.permissions.mutants import RULES, every

    failed = False
    if any(wanted in str(mutant) for mutant in every()):
        command = [sys.executable, "-m", "pytest", "-q", "-n0", "-s", "tests/permissions/all_mutants.py"]
        failed = subprocess.run(command, env=environment, check=False).returncode != 0
    rules = [name for name in RULES if wanted in f"rule {name}"]
    survivors = [name for name in tqdm(rules, disable=not sys.stderr.isatty()) if not noticed(name)]
    print(f"{len(rules)} rules broken, {len(survivors)} unnoticed")
    for name in survivors:
        print(f"  {name}")
    return 1 if failed or survivors else 0


def noticed(rule: str) -> bool:
    """Whether a test of this room fails while `rule` is broken."""
    for name in TESTS:
        command = [sys.executable, "-m", "pytest", "-q", "-n0", "-x", f"tests/permissions/{name}"]
        run = subprocess.run(
            command, env={**os.environ, "PORTAL_MUTANT": rule}, check=False, capture_output=True
        )
        if run.returncode == 1:
            return True
        if run.returncode != 0:
            raise SystemExit(run.stdout.decode() + run.stderr.decode())
    return False


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
