"""The SQL that prepares a database for capture, to be run again at any time.

A publication has to name its tables: `FOR ALL TABLES` and `FOR TABLES IN SCHEMA` are for superusers, and the master
user of RDS is none. Tables that do not exist yet are added by an event trigger within the transaction that makes them,
so that no row comes before the publication knows its table; the application's schema stays the application's business.
"""

from collections.abc import Sequence

SCHEMA = "streaming_platform"
"""Schema of the two functions. No table is made in it."""

PASSWORD_SETTING = "streaming_platform.cdc_password"  # noqa: S105 the name of a setting
"""Session setting that holds the password of the capturing role. It comes with the connection, so that no statement
that the server logs or shows has it."""


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """`value` as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def setup_sql(user: str, publication: str, tables: Sequence[str]) -> str:
    """SQL for the owner of the database (psql): role, publication, and what adds the captured tables to it.

    user:        role of change data capture
    publication: its name
    tables:      schema.table of each captured table; those that do not exist yet are added when they are made
    """
    names = ", ".join(text(table) for table in sorted(tables))
    role, published, schema = quoted(user), quoted(publication), quoted(SCHEMA)
    # Names come from checked settings and specs, and are quoted.
    return f"""\
-- The role that reads the log. On RDS the right to do so is a role; elsewhere it is an attribute.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {text(user)}) THEN
    CREATE ROLE {role} LOGIN;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication') THEN
    GRANT rds_replication TO {role};
  ELSE
    ALTER ROLE {role} REPLICATION;
  END IF;
END $$;

DO $$
BEGIN
  EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', {text(user)}, current_setting({text(PASSWORD_SETTING)}));
EXCEPTION WHEN OTHERS THEN
  -- Without this the server would log the failed statement, with the password in it.
  RAISE EXCEPTION 'the password of the role could not be set: %', SQLSTATE;
END $$;

DO $$
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO {role}', current_database());
  IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = {text(publication)}) THEN
    -- Changes of a partition count as changes of its table.
    CREATE PUBLICATION {published} WITH (publish_via_partition_root = true);
  END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS {schema};

-- Adds the captured tables that exist. Tables that are captured no more stay: somebody else may read them.
CREATE OR REPLACE FUNCTION {schema}.capture_tables() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  captured regclass;
  part regclass;
BEGIN
  FOR captured IN SELECT to_regclass(name) FROM unnest(ARRAY[{names}]::text[]) AS name LOOP
    CONTINUE WHEN captured IS NULL;
    -- The state before a change is part of the event; Flink takes it back before it adds the new one.
    FOR part IN SELECT captured UNION SELECT relid FROM pg_partition_tree(captured) LOOP
      IF (SELECT relreplident FROM pg_class WHERE oid = part) <> 'f' THEN
        EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', part);
      END IF;
    END LOOP;
    EXECUTE format(
      'GRANT USAGE ON SCHEMA %s TO {role}',
      (SELECT relnamespace::regnamespace FROM pg_class WHERE oid = captured)
    );
    EXECUTE format('GRANT SELECT ON TABLE %s TO {role}', captured);
    IF NOT EXISTS (
      SELECT FROM pg_publication_rel
      JOIN pg_publication ON pg_publication.oid = prpubid
      WHERE pubname = {text(publication)} AND prrelid = captured
    ) THEN
      EXECUTE format('ALTER PUBLICATION {published} ADD TABLE %s', captured);
    END IF;
  END LOOP;
END $$;

-- A table that cannot be added must still be made: its owner is told, and the log says it too.
CREATE OR REPLACE FUNCTION {schema}.capture_new_tables() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM {schema}.capture_tables();
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'not captured: %. Grant the role that owns the table to the owner of this function.', SQLERRM;
END $$;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = {text(SCHEMA)}) THEN
    CREATE EVENT TRIGGER {schema} ON ddl_command_end
      WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
      EXECUTE FUNCTION {schema}.capture_new_tables();
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'tables made from now on are not captured by themselves: %. Run this again after making one.', SQLERRM;
END $$;

SELECT {schema}.capture_tables();

SELECT name AS captured_table,
  CASE WHEN to_regclass(name) IS NULL THEN 'added when it is made' ELSE 'captured' END AS state
FROM unnest(ARRAY[{names}]::text[]) AS name;
"""  # noqa: S608
