"""What each resource type costs. Importing this package fills `meter.RULES`."""

from operations.cost.rules import cluster, confluent, databases, kafka, network, storage

__all__ = ["cluster", "confluent", "databases", "kafka", "network", "storage"]
