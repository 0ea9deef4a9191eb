"""The allowance engine: daily allowances reckoned with numbers that explain themselves. Pure: no database, no files.

What a case is (`Accident`, `Illness`, `Maternity`, `OtherParent`), the terms (`core.dated.Values`, `Policy`) and a period
go in; an `Allowance` comes out. `docs/allowance.md` has each formula with its source.
"""

from claims_files.allowance.days import Beside, Other, Span, Stay
from claims_files.allowance.eo import Maternity, OtherParent, maternity_allowance, other_parent_allowance
from claims_files.allowance.figures import Figure, Refused, Rounding, Roundings, Unit, Way
from claims_files.allowance.ktg import Illness, sickness_allowance
from claims_files.allowance.policy import Duration, Policy, Waiting, by_kvg, per_case, policy_on, within
from claims_files.allowance.sheet import Allowance, Line, Outcome
from claims_files.allowance.uvg import Accident, Household, accident_allowance

__all__ = [
    "Accident",
    "Allowance",
    "Beside",
    "Duration",
    "Figure",
    "Household",
    "Illness",
    "Line",
    "Maternity",
    "Other",
    "OtherParent",
    "Outcome",
    "Policy",
    "Refused",
    "Rounding",
    "Roundings",
    "Span",
    "Stay",
    "Unit",
    "Waiting",
    "Way",
    "accident_allowance",
    "by_kvg",
    "maternity_allowance",
    "other_parent_allowance",
    "per_case",
    "policy_on",
    "sickness_allowance",
    "within",
]
