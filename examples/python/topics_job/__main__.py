"""Two topics and the rights of a workload, made by a Job on the cluster."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.kafka.contract import TopicDescription, Workload, grants_for
from components.kafka.topics_job import TopicsJob, TopicsJobArgs
from examples.python.shared import NAMESPACE, cluster, granted, on_aws

opts = on_aws()
job = TopicsJob(
    "topics",
    TopicsJobArgs(
        cluster=cluster(opts),
        namespace=NAMESPACE,
        # What `./streamctl image` builds: Kafka's clients and the program that makes topics.
        image="registry.example.com/connect:1.0.0",
        topics={
            "orders": TopicDescription(partitions=12, replication_factor=3, config={"retention.ms": "604800000"}),
            "customers": TopicDescription(partitions=3, replication_factor=3, config={"cleanup.policy": "compact"}),
        },
        acls=grants_for(Workload("orders", reads=["orders", "customers"], consumer_group="orders")),
        admin=granted(opts),
    ),
    opts=opts,
)

pulumi.export("job", job.job)
