"""One application as statements for a Flink session cluster on this machine."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.application import load_application
from components.flink.contract import LakeAccess
from components.flink.session_cluster import SessionCluster, SessionClusterArgs
from components.kafka.contract import GrantedAccess
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.platform import APPLICATIONS

kafka = ExistingKafka("kafka", ExistingKafkaArgs("local", "127.0.0.1:9092", "PLAINTEXT", replication_factor=1))
flink = SessionCluster("flink", SessionClusterArgs(state_bucket="example-state", task_slots=8))
lake = LakeAccess("claims", "s3://example-lake/warehouse", "us-east-1", endpoint="http://127.0.0.1:5000")
claims = flink.run(load_application(APPLICATIONS / "claims"), GrantedAccess(kafka.access), lake)

# To be run in this order, in a fresh session of the SQL gateway.
pulumi.export("statements", claims.statements)
