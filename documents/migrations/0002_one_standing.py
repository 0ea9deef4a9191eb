"""A document always stands where its folder stands.

The columns are copies for the sake of the policy and of lists without joins; the database keeps them equal,
whoever writes: a document that differs is refused, and a folder that moves takes its documents along.
"""

from django.db import migrations

COLUMNS = ("company_id", "site_id", "contract_id", "claim_file_id", "person_id", "stage")

FORWARD = f"""
CREATE FUNCTION documents_stand_with_folder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- FOR SHARE waits for a folder that is just being moved, and reads where it moved to.
    PERFORM 1 FROM documents_folder f
     WHERE f.id = NEW.folder_id
       AND ({", ".join(f"f.{column}" for column in COLUMNS)})
           IS NOT DISTINCT FROM ({", ".join(f"NEW.{column}" for column in COLUMNS)})
       FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'document % does not stand where its folder stands', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_stands_with_folder';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_stands_with_folder BEFORE INSERT OR UPDATE ON documents_document
    FOR EACH ROW EXECUTE FUNCTION documents_stand_with_folder();

CREATE FUNCTION documents_follow_folder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE documents_document
       SET ({", ".join(COLUMNS)}) = ({", ".join(f"NEW.{column}" for column in COLUMNS)})
     WHERE folder_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER documents_follow_folder AFTER UPDATE ON documents_folder
    FOR EACH ROW WHEN (({", ".join(f"OLD.{column}" for column in COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"NEW.{column}" for column in COLUMNS)}))
    EXECUTE FUNCTION documents_follow_folder();
"""

BACKWARD = """
DROP TRIGGER documents_follow_folder ON documents_folder;
DROP FUNCTION documents_follow_folder();
DROP TRIGGER document_stands_with_folder ON documents_document;
DROP FUNCTION documents_stand_with_folder();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
