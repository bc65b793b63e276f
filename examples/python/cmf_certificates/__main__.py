"""The certificates of CMF, and one of an administrator."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.flink.cmf.certificates import CmfCertificates, CmfCertificatesArgs
from examples.python.shared import NAMESPACE, cluster, on_aws

opts = on_aws()
certificates = CmfCertificates(
    "cmf-certificates",
    CmfCertificatesArgs(
        cluster=cluster(opts).access,
        namespace=NAMESPACE,
        administrators=["platform-admin"],
        host_names=["cmf.example.com"],
    ),
    opts=opts,
)

# Shell commands that write the files for the `confluent` CLI.
pulumi.export("ca_command", certificates.ca_command)
pulumi.export("client_commands", certificates.client_commands)
