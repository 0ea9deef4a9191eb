"""What counts today: the conditions of grants, leavers and deputies, in SQL, for reach and explanation alike.

Each asks for the parameter `today`. No task ends anything: what has ended counts no longer, whatever else is written.
"""

from __future__ import annotations

# Of a ledger row `g`.
GRANT = "(g.until is null or g.until >= %(today)s)"

# Of a row `d` of the deputies.
DEPUTY = "(d.confirmed is not null and d.ended is null and %(today)s between d.begin and d.until)"

# Of the insured rows `p` of one person at one company, after `group by` or `where`: an employment has ended, and none
# goes on. His grants at that company count no longer, and of the insured person himself his own cases remain.
LEFT = """bool_or(p.employment_end < %(today)s)
    and not bool_or(p.employment_begin <= %(today)s and (p.employment_end is null or p.employment_end >= %(today)s))"""


def has_left(user: str, company: str) -> str:
    """Whether the person in the column `user` has left the company in the column `company`."""
    return f"""exists (select 1 from companies_insuredperson p
        where p.user_id = {user} and p.company_id = {company} having {LEFT})"""
