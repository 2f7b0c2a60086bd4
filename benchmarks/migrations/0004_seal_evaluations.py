from django.db import migrations

from accounts.add_only import forbid_changes_once

# Items have no moment of their own: they stand as soon as their set does.
_ITEMS = """
CREATE OR REPLACE FUNCTION refuse_change_of_frozen_set() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    changed benchmarks_evaluationitem;
BEGIN
    IF TG_OP = 'INSERT' THEN changed := NEW; ELSE changed := OLD; END IF;
    IF current_setting('rightsize.allow_purge', true) IS DISTINCT FROM 'on'
        AND EXISTS (
            SELECT 1 FROM benchmarks_evaluationset
            WHERE id = changed.evaluation_set_id AND frozen_at IS NOT NULL
        )
    THEN
        RAISE EXCEPTION 'The evaluation set was used: add a new version instead'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER benchmarks_evaluationitem_frozen
BEFORE INSERT OR UPDATE OR DELETE ON benchmarks_evaluationitem
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_frozen_set();
"""
_WITHOUT = """
DROP TRIGGER benchmarks_evaluationitem_frozen ON benchmarks_evaluationitem;
DROP FUNCTION refuse_change_of_frozen_set;
"""


class Migration(migrations.Migration):
    dependencies = [("benchmarks", "0003_evaluations")]

    operations = [
        forbid_changes_once("benchmarks_evaluationset", "frozen_at"),
        forbid_changes_once("benchmarks_evaluationrun", "closed_at"),
        migrations.RunSQL(sql=_ITEMS, reverse_sql=_WITHOUT),
    ]
