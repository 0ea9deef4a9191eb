"""What counts today: the conditions of grants, leavers and deputies, in SQL, for reach and explanation alike.

Each asks for the parameter `today`. No task ends anything: what has ended counts no longer, whatever else is written.
"""

from __future__ import annotations

from django.conf import settings

# Of a ledger row `g`.
GRANT = "(g.until is null or g.until >= %(today)s)"

# Of a row `d` of the deputies.
DEPUTY = "(d.confirmed is not null and d.ended is null and %(today)s between d.begin and d.until)"

# Of the insured rows `p` of one person at one company, after `group by` or `where`: an employment has ended, and none
# goes on. His grants at that company count no longer, and of the insured person himself his own cases remain.
LEFT = """bool_or(p.employment_end < %(today)s)
    and not bool_or(p.employment_begin <= %(today)s and (p.employment_end is null or p.employment_end >= %(today)s))"""

# Of the same rows: the first day of the employment after the last gap between two, if there was one. What adjoins or
# overlaps is one employment. What was given before that day counts no longer: a new employment brings no old access back.
BACK_SINCE = """max(p.employment_begin) filter (where p.employment_begin <= %(today)s
    and exists (select 1 from companies_insuredperson e
        where e.user_id = p.user_id and e.company_id = p.company_id and e.employment_end < p.employment_begin)
    and not exists (select 1 from companies_insuredperson e
        where e.user_id = p.user_id and e.company_id = p.company_id and e.employment_begin < p.employment_begin
            and (e.employment_end is null or e.employment_end >= p.employment_begin - 1)))"""


def given_on(granted: str) -> str:
    """The day on which the column `granted` says that something was given, where the portal is."""
    return f"({granted} at time zone '{settings.TIME_ZONE}')::date"


def given_before_leaving(user: str, company: str, granted: str) -> str:
    """Whether what this person was given at this company, at the time in `granted`, counts no longer since he left."""
    return f"""exists (select 1 from companies_insuredperson p
        where p.user_id = {user} and p.company_id = {company}
        having ({LEFT}) or {BACK_SINCE} > {given_on(granted)})"""


def has_left(user: str, company: str) -> str:
    """Whether the person in the column `user` has left the company in the column `company`."""
    return f"""exists (select 1 from companies_insuredperson p
        where p.user_id = {user} and p.company_id = {company} having {LEFT})"""
