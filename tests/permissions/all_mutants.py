"""Every cell and lock of the policy flipped, one after the other; run by `make mutants`, not with the tests."""

import os

from tests.permissions import mutants
from tests.permissions.table import COLUMNS, stage, wrong_answers


def test_every_flipped_cell_is_noticed(db):
    wanted = os.environ.get("PORTAL_MUTANTS", "")
    staged = stage()
    assert [wrong for preset in COLUMNS for wrong in wrong_answers(staged, preset)] == []
    asked = [mutant for mutant in mutants.every() if wanted in str(mutant)]
    assert asked, f"no mutant is called {wanted}"
    survivors = [str(mutant) for mutant in asked if not mutants.noticed(mutant, staged)]
    print(f"\n{len(asked)} cells and locks flipped, {len(survivors)} unnoticed")
    assert not survivors, "\n".join(survivors)
