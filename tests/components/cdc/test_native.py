"""Flink's own source: refused on the Flink of this platform, rendered for one that has it."""

import pytest

from components.application import Source
from components.cdc.native import native_artifact, native_source_ddl, slot_name
from components.errors import PlatformError
from components.settings.cdc import NativeCdc
from components.versions import FLINK

SOURCE = Source.model_validate_json(
    """{"name": "claims", "topic": {"name": "cdc.public.claims", "partitions": 1}, "format": "debezium-json",
    "primary_key": ["claim_id"],
    "columns": [{"name": "claim_id", "type": "BIGINT"}, {"name": "note", "type": "STRING"}]}"""
)


def test_no_release_loads_on_the_platforms_flink():
    with pytest.raises(PlatformError, match=r"no release of Flink CDC loads on 2\.1"):
        native_artifact(FLINK)
    assert native_artifact("1.20.5").startswith("org.apache.flink:flink-sql-connector-postgres-cdc:")
    with pytest.raises(ValueError, match="kafka_connect"):
        NativeCdc(flavour="native")


def test_a_captured_table_is_read_from_the_database():
    ddl = native_source_ddl(SOURCE, "claims", "h", 5432, "insurance", "cdc", "streaming", "verify-full")
    for line in (
        "'connector' = 'postgres-cdc'",
        "'schema-name' = 'public'",
        "'table-name' = 'claims'",
        "'password' = '${env:CDC_PASSWORD}'",
        "'debezium.publication.name' = 'streaming'",
        "'debezium.database.sslmode' = 'verify-full'",
        "PRIMARY KEY (`claim_id`) NOT ENFORCED",
    ):
        assert line in ddl


def test_each_source_of_each_application_has_a_slot():
    assert slot_name("claims", "claims") != slot_name("telematics", "claims")
    assert slot_name("a-b", "c") == "a_b_c"
    assert len(slot_name("a" * 60, "b" * 60)) == 63


def test_another_topic_is_no_captured_table():
    other = SOURCE.model_copy(update={"topic": SOURCE.topic.model_copy(update={"name": "telematics.events"})})
    with pytest.raises(PlatformError, match="only captured tables"):
        native_source_ddl(other, "claims", "h", 5432, "d", "u", "p", "require")
