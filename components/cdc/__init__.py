"""Change data capture: PostgreSQL to Kafka."""

from components.cdc.contract import ChangeDataCapture
from components.cdc.debezium import TOPIC_PREFIX, Cdc, CdcArgs, debezium_config

__all__ = ["TOPIC_PREFIX", "Cdc", "CdcArgs", "ChangeDataCapture", "debezium_config"]
