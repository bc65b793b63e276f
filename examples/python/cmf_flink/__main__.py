"""A Flink environment of a CMF that exists, and one application in it."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.application import load_application
from components.flink.cmf.environment import CmfFlink, CmfFlinkArgs
from components.flink.cmf.manager_values import Authentication
from components.flink.cmf.settings import ApplicationSettings, PodSize
from components.flink.contract import LakeAccess
from components.platform import APPLICATIONS
from examples.python.shared import NAMESPACE, PREFIX, REGION, account_id, cluster, granted, on_aws, policy

opts = on_aws()
flink = CmfFlink(
    "flink",
    CmfFlinkArgs(
        cluster=cluster(opts),
        manager_namespace="flink-platform",
        manager_url="http://cmf-service.flink-platform.svc.cluster.local:80",
        authentication=Authentication("none"),
        tls=False,
        environment=NAMESPACE,
        state_bucket=f"{PREFIX}-state-{account_id()}",
        state_policy_arn=policy("flink-state"),
        image="registry.example.com/applications:1.0.0",
        defaults=ApplicationSettings(task_manager=PodSize("2", 8192), task_slots=4),
    ),
    opts=opts,
)
lake = LakeAccess(
    "claims", f"s3://{PREFIX}-lake-{account_id()}/warehouse", REGION, writer_policy_arn=policy("lake-writer")
)
claims = flink.run(load_application(APPLICATIONS / "claims"), granted(opts), lake)

pulumi.export("environment", flink.environment)
pulumi.export("tables", claims.tables)
