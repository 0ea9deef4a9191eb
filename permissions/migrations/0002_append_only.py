"""The audit trail is append-only: UPDATE, DELETE and TRUNCATE are refused by the database itself.

The triggers yield in databases named `test_*`, where the test runner empties all tables between tests.
"""

from django.db import migrations

FORWARD = """
create function audit_append_only() returns trigger language plpgsql as $$
begin
    if current_database() like 'test\\_%' and current_setting('portal.audit_locked', true) is distinct from 'on' then
        return case when tg_op = 'DELETE' then old when tg_op = 'UPDATE' then new end;
    end if;
    raise exception 'The audit trail is append-only (% on %).', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger audit_line_keep before update or delete on permissions_auditline
    for each row execute function audit_append_only();
create trigger audit_line_keep_all before truncate on permissions_auditline
    for each statement execute function audit_append_only();
create trigger audit_block_keep before update or delete on permissions_auditblock
    for each row execute function audit_append_only();
create trigger audit_block_keep_all before truncate on permissions_auditblock
    for each statement execute function audit_append_only();
"""

BACKWARD = """
drop trigger audit_line_keep on permissions_auditline;
drop trigger audit_line_keep_all on permissions_auditline;
drop trigger audit_block_keep on permissions_auditblock;
drop trigger audit_block_keep_all on permissions_auditblock;
drop function audit_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
