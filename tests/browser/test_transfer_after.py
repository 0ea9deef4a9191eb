"""A case goes on after the report: the incapacity is corrected, an answer amended, both seen with what was before."""

from __future__ import annotations

from tests.browser.visitor import Visitor

# A report of HR that may still be taken back, with an incapacity: its claim file and its number.
OWN = """
from claims_files.models import IncapacityPeriod
from claims_files.states import Move
from declarations.models import Declaration
from declarations.services import may_amend
from users.models import User
hugo = User.objects.get(email="hugo@rochat.example")
reports = Declaration.unrestricted.filter(state="sent", side="employer", kind="illness").order_by("-sent")
found = next(
    each for each in reports
    if may_amend(hugo, each, Move.WITHDRAW)
    and IncapacityPeriod.unrestricted.filter(claim_file=each.claim_file).count() == 1
)
print(found.claim_file.pk, found.claim_file.number)
"""


def test_hugo_corrects_the_incapacity_and_amends_the_report(portal, visit):
    """Without JavaScript: rows are added and removed by the page itself, and nothing is kept half-typed."""
    claim, number = portal.run(OWN).split()
    hugo: Visitor = visit("hugo", language="fr", javascript=False)
    hugo.go(f"/claims/{claim}/")
    hugo.reads(number)
    hugo.follow("Incapacity")
    hugo.follow("Correct the periods")
    hugo.fill("Degree of incapacity", "35")
    hugo.press("Save the change")
    # The seeds are old: a change that reaches back far is asked about first.
    if hugo.heading("Is this right?").count():
        hugo.press("Yes, it is right")
    hugo.sees("The incapacity for work is corrected. The earlier version stays readable.")
    hugo.reads("35 %")
    hugo.follow("Overview")
    hugo.follow("Report and receipts")
    hugo.follow("Amend the report")
    hugo.follow("Amend – %(part)s", part=hugo.words("Employment and salary"))
    hugo.fill("Occupation", "Chef d’atelier")
    hugo.press("Look at the changes")
    hugo.reads("Chef d’atelier")
    hugo.press("Send the amendment")
    hugo.sees("The amendment is sent. The insurer sees what changed.")
    hugo.reads("Chef d’atelier")
