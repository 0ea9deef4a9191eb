"""A report never changes: UPDATE, DELETE and TRUNCATE are refused by the database itself.

Emptying yields in databases named `test_*`, where the test runner clears all tables between tests.
"""

from django.db import migrations

FORWARD = """
create function report_frozen() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' and current_database() like 'test\\_%' then
        return old;
    end if;
    raise exception 'A report is frozen (% on %).', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger report_keep before update or delete on claims_files_report
    for each row execute function report_frozen();
create trigger report_keep_all before truncate on claims_files_report
    for each statement execute function report_frozen();
"""

BACKWARD = """
drop trigger report_keep on claims_files_report;
drop trigger report_keep_all on claims_files_report;
drop function report_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("claims_files", "0003_reports_papers_timeline")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
