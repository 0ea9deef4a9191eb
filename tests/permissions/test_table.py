"""The written table against the policy, and the cast's own questions; a flipped cell must be noticed."""

import random

import pytest

from permissions.policy import can, visible_to
from permissions.vocabulary import ACTIONS, LOCKS, PRESETS
from tests import kept
from tests.permissions import mutants
from tests.permissions.table import COLUMNS, LOCKED, TABLE, read, stage, wrong_answers, wrong_keys


@pytest.fixture
def staged(db):
    return kept.once(stage)


def test_the_table_names_every_action_and_preset():
    assert list(read(TABLE)) == sorted(ACTIONS)
    assert set(COLUMNS) == set(PRESETS)
    nouns = {f"{view.split('.')[0]} {value}" for view, lock in LOCKS.items() for value in lock.actions}
    assert set(read(LOCKED)) == nouns


def test_the_table_and_the_presets_say_the_same():
    for action, cells in read(TABLE).items():
        assert {preset for preset, cell in cells.items() if cell} == {
            preset for preset, actions in PRESETS.items() if action in actions
        }, action


@pytest.mark.parametrize("preset", COLUMNS)
def test_every_cell_holds_on_real_rows(staged, preset):
    assert wrong_answers(staged, preset) == []


def test_every_right_opens_its_own_kind_of_row_alone(staged):
    assert wrong_keys(staged) == []


def test_a_flipped_cell_is_noticed(staged):
    """A sample; `make mutants` flips them all."""
    for mutant in random.sample(mutants.every(), 12):
        assert mutants.noticed(mutant, staged), mutant


# --- The cast -----------------------------------------------------------------------------------

PEOPLE = [
    "claire", "hugo", "sonia", "felix", "nadia", "jonas", "bruno", "elena", "fiona", "reto", "pauline",
    "sacha", "zoe",
]  # fmt: skip

# Marco works in Morges, Nadia in Lausanne, both at Rochat; Elena at Keller. Each has one case.
QUESTIONS = """
                                      claire hugo sonia felix nadia jonas bruno elena fiona reto pauline sacha zoe
company.view rochat                   yes    yes  yes   yes   yes   yes   no    no    yes   yes  yes     yes   no
company.view keller                   no     no   no    no    no    no    yes   yes   yes   yes  yes     yes   no
company.edit rochat                   no     no   no    no    no    no    no    no    no    yes  no      no    no
person.view marco                     yes    yes  yes   no    no    no    no    no    yes   yes  yes     no    no
person.view nadia                     yes    yes  no    no    yes   no    no    no    yes   yes  yes     no    no
person.view elena                     no     no   no    no    no    no    yes   yes   yes   yes  yes     no    no
person.edit marco                     no     yes  no    no    no    no    no    no    no    no   no      no    no
person.edit nadia                     no     yes  no    no    no    no    no    no    no    no   no      no    no
claim.view marco_claim                no     yes  yes   no    no    no    no    no    yes   no   yes     no    no
claim.view nadia_claim                no     yes  no    no    yes   no    no    no    yes   no   yes     no    no
claim.view elena_claim                no     no   no    no    no    no    no    yes   yes   no   yes     no    no
claim.number nadia_claim              no     no   no    no    no    no    no    no    no    yes  yes     no    no
claim.decide nadia_claim              no     no   no    no    no    no    no    no    no    no   yes     no    no
claim.view_sealed nadia_claim         no     no   no    no    yes   no    no    no    no    no   yes     no    no
declaration.create marco              no     yes  yes   no    no    no    no    no    yes   no   no      no    no
declaration.create nadia              no     yes  no    no    yes   no    no    no    yes   no   no      no    no
document.view nadia_administrative    no     yes  no    no    yes   no    no    no    yes   no   yes     no    no
document.view nadia_certificate       no     yes  no    no    yes   no    no    no    yes   no   yes     no    no
document.view nadia_medical           no     no   no    no    yes   no    no    no    no    no   yes     no    no
document.view marco_administrative    no     yes  yes   no    no    no    no    no    yes   no   yes     no    no
document.view marco_medical           no     no   no    no    no    no    no    no    no    no   yes     no    no
document.upload nadia_folder          no     yes  no    no    yes   no    no    no    yes   no   yes     no    no
contract.view ktg                     yes    yes  no    yes   no    no    no    no    yes   yes  yes     yes   no
contract.view keller_ktg              no     no   no    no    no    no    yes   no    yes   yes  yes     yes   no
users.view rochat                     yes    no   no    no    no    no    no    no    no    yes  no      yes   no
users.manage rochat                   yes    no   no    no    no    no    no    no    no    yes  no      no    no
users.manage keller                   no     no   no    no    no    no    yes   no    no    yes  no      no    no
users.grant_management rochat         no     no   no    no    no    no    no    no    no    yes  no      no    no
audit.view rochat                     yes    no   no    no    no    no    no    no    no    yes  no      yes   no
settings.manage rochat                no     no   no    no    no    no    no    no    no    no   no      yes   no
invoice.issue rochat                  no     no   no    no    no    no    no    no    no    yes  no      no    no
"""


@pytest.fixture
def things(cast):
    """What the questions speak of, by name."""
    return kept.once(_make_things, cast)


def _make_things(cast):
    from documents.models import Document, Folder
    from tests.factories_claims import open_claim

    found = {
        "rochat": cast.rochat,
        "keller": cast.keller,
        "marco": cast.marco,
        "nadia": cast.persons.nadia,
        "elena": cast.persons.elena,
        "ktg": cast.ktg,
        "keller_ktg": cast.keller_ktg,
    }
    for name in ("marco", "nadia", "elena"):
        claim = open_claim(cast, person=found[name])
        folder = Folder.unrestricted.get(claim_file=claim)
        found |= {f"{name}_claim": claim, f"{name}_folder": folder}
        for number, visibility in enumerate(("administrative", "certificate", "medical")):
            found[f"{name}_{visibility}"] = Document.unrestricted.create(
                folder=folder, company=folder.company, site=folder.site, contract=folder.contract,
                claim_file=claim, person=folder.person, stage=folder.stage, visibility=visibility,
                name="p.pdf", content_type="application/pdf", size=1, sha256=f"{number:064x}",
            )  # fmt: skip
    return found


@pytest.mark.parametrize(
    "line", QUESTIONS.strip().splitlines()[1:], ids=lambda line: " ".join(line.split()[:2])
)
def test_the_cast_asks(cast, things, line):
    action, name, *cells = line.split()
    thing = things[name]
    answers = {}
    for who in PEOPLE:
        user = getattr(cast, who)
        listed = thing in visible_to(user, action, type(thing)._base_manager.all())
        assert can(user, action, thing) == listed
        answers[who] = "yes" if listed else "no"
    assert answers == dict(zip(PEOPLE, cells, strict=True))
