"""CMF with mutual TLS, its state in a PostgreSQL that exists."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.flink.cmf.certificates import CmfCertificates, CmfCertificatesArgs
from components.flink.cmf.manager import ConfluentManager, ConfluentManagerArgs
from components.flink.cmf.manager_values import Authentication
from examples.python.shared import NAMESPACE, cluster, database, on_aws, policy

ADMINISTRATORS = ["platform-admin"]

opts = on_aws()
kubernetes = cluster(opts)
certificates = CmfCertificates(
    "cmf-certificates", CmfCertificatesArgs(kubernetes.access, NAMESPACE, administrators=ADMINISTRATORS), opts=opts
)
manager = ConfluentManager(
    "cmf",
    ConfluentManagerArgs(
        cluster=kubernetes,
        namespace=NAMESPACE,
        database=database("cmf"),
        authentication=Authentication("mtls", ADMINISTRATORS),
        policy_arns={"lake": policy("lake-writer")},
        protect=True,
        # The Flink operator is on the cluster; `FlinkOperators.ready` belongs here where the program makes it.
        needs=certificates.ready,
    ),
    opts=opts,
)

pulumi.export("url_in_cluster", manager.url_in_cluster)
