"""Tables whose rows are added and never changed, enforced by the database."""

from django.db import migrations

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('rightsize.allow_purge', true) = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% is add-only: add a newer row instead of % of an old one',
        TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def forbid_changes(table: str) -> migrations.RunSQL:
    """Return the operation that makes PostgreSQL refuse UPDATE and DELETE on a table.

    A purge of a tenant says `SET LOCAL rightsize.allow_purge = 'on'` first; TRUNCATE
    is a matter of database rights and stays as it is.
    """
    trigger = f"{table}_add_only"
    return migrations.RunSQL(
        sql=[
            _FUNCTION,
            f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
        ],
        reverse_sql=f"DROP TRIGGER {trigger} ON {table};",
    )


def forbid_changes_once(table: str, column: str) -> migrations.RunSQL:
    """Return the operation that seals each row of a table once `column` is not null.

    Until then a row may be written; afterwards it stands as in an add-only table.
    """
    trigger = f"{table}_sealed"
    return migrations.RunSQL(
        sql=[
            _FUNCTION,
            f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW WHEN (OLD.{column} IS NOT NULL) "
            "EXECUTE FUNCTION refuse_change();",
        ],
        reverse_sql=f"DROP TRIGGER {trigger} ON {table};",
    )
