"""Single claim files opened for reading before there were plans and data for payroll: reading brings neither."""

from django.db import migrations

READING = "array['claim.edit_incapacity', 'document.classify', 'document.upload']::varchar[]"
LATER = "array['plan.agree', 'plan.propose', 'statement.payroll']::varchar[]"
# Where either act on plans is withheld already, somebody has decided on both.
WITHHOLD = f"""
    set withheld_actions = array(select distinct unnest(withheld_actions || {LATER}) order by 1)
    where withheld_actions @> {READING} and not withheld_actions && ({LATER})[1:2]
"""
FORWARD = (
    f"update permissions_claimfilegrant {WITHHOLD}",
    f"update users_invitation {WITHHOLD} and claim_file_id is not null and accepted is null",
)


class Migration(migrations.Migration):
    dependencies = [("permissions", "0009_core_system_role"), ("users", "0015_ask")]
    operations = [migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in FORWARD]
