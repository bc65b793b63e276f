"""Reading Iceberg tables that Flink wrote: upserted rows, deleted rows, empty tables, and whatever is asked wrongly."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from components.errors import PlatformError
from operations.local.lake import Lake
from operations.local.provision.clients import Clients

# Real processes: seconds of waiting, and not part of the unit tests' minute.
pytestmark = pytest.mark.end_to_end


def told(lake: Lake, sql: str) -> str:
    with pytest.raises(PlatformError) as caught:
        lake.query(sql)
    return str(caught.value)


def test_only_iceberg_tables_are_listed(lake):
    assert lake.tables() == ["nothing_yet", "orders"]


def test_rows_are_those_of_the_last_upsert_and_deleted_ones_are_gone(lake):
    columns, rows = lake.query("SELECT order_id, region, amount, paid, updated_at FROM orders ORDER BY order_id")
    assert columns == ["order_id", "region", "amount", "paid", "updated_at"]

    def day(number: int) -> datetime:
        return datetime(2026, 1, number, 12, 0, 0, 123456, tzinfo=UTC)

    assert rows == [
        (1, "north", Decimal("1.50"), False, day(1)),
        # Deleted in the second commit, inserted again in the last.
        (3, "north", Decimal("-5.00"), False, day(3)),
        (4, "south", Decimal("4.50"), True, day(4)),
        (6, "south", Decimal("6.50"), True, day(6)),
        (7, "east", Decimal("0.01"), False, datetime(2026, 3, 1, tzinfo=UTC)),
    ]


def test_tables_can_be_joined_and_named_in_any_case(lake):
    joined = "SELECT count(*), count(n.order_id) FROM o LEFT JOIN nothing_yet n USING (order_id)"
    assert lake.query(f"WITH o AS (SELECT * FROM ORDERS) {joined}")[1] == [(5, 0)]


def test_a_table_without_a_snapshot_is_empty_and_has_its_columns(lake):
    assert lake.query("SELECT * FROM nothing_yet") == (
        ["order_id", "amount", "happened_at", "seen_at", "d", "note"],
        [],
    )
    assert lake.query("SELECT typeof(sum(amount)), typeof(max(seen_at)) FROM nothing_yet")[1] == [
        ("DECIMAL(38,2)", "TIMESTAMP WITH TIME ZONE")
    ]


def test_each_query_sees_the_newest_commit(lake):
    glue = Clients(lake.endpoint, "us-east-1").get("glue")
    locations = {name: glue.get_table(DatabaseName="lake", Name=name) for name in ("nothing_yet", "orders")}
    seen = []
    for name in ("nothing_yet", "orders", "nothing_yet"):
        parameters = locations[name]["Table"]["Parameters"]
        table = {"Name": "changing", "Parameters": parameters}
        (glue.update_table if seen else glue.create_table)(DatabaseName="lake", TableInput=table)
        seen.append(lake.query("SELECT count(*) FROM changing")[1][0][0])
    glue.delete_table(DatabaseName="lake", Name="changing")
    assert seen == [0, 5, 0]
    assert "changing does not exist" in told(lake, "SELECT * FROM changing")


def test_an_unknown_table_is_told_with_those_that_exist(lake):
    message = told(lake, "SELECT * FROM order_s")
    assert "order_s does not exist" in message
    assert "tables: nothing_yet, orders" in message


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELEC 1", "syntax error"),
        ("", "0 statements"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("SELECT order_ids FROM orders", "order_ids"),
        ("SELECT 1 / 'a'", "Could not convert"),
    ],
)
def test_broken_sql_is_told(lake, sql, says):
    assert says in told(lake, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t AS SELECT 1",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "ATTACH '/tmp/x.db'",
        "INSTALL spatial",
        "SET enable_external_access = true",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "SELECT * FROM read_text('s3://other/x')",
    ],
)
def test_nothing_is_written_and_nothing_else_is_read(lake, sql):
    assert "found:" in told(lake, sql)


def test_an_emulator_that_is_away_is_told():
    with pytest.raises(PlatformError, match="is the stack up"):
        Lake("http://127.0.0.1:9", "us-east-1", "lake").tables()


def test_a_database_that_is_not_there_is_told(lake):
    with pytest.raises(PlatformError, match="no Glue database other"):
        Lake(lake.endpoint, "us-east-1", "other").tables()


def test_rows_are_counted_up_to_the_first_table_that_has_some(lake, monkeypatch):
    tables = ["no_such_table", "nothing_yet", "orders", "nothing_after_it"]
    counted = {"no_such_table": 0, "nothing_yet": 0, "orders": 5}
    assert lake.first_rows(tables) == counted
    # Asked again, it is the catalog alone that answers for a table to which nothing was written.
    glue = Clients(lake.endpoint, "us-east-1").get("glue")
    monkeypatch.setattr(lake, "_clients", {"glue": glue})
    assert lake.first_rows(tables[:2]) == {"no_such_table": 0, "nothing_yet": 0}
