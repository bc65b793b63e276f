"""The whole platform, for one application, on a cluster and a Kafka that exist."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.platform import Platform, PlatformArgs, load_applications
from components.settings import parse
from examples.python.shared import REGION, account_id

# The keys of a stack file; secrets are in the configuration, as `pulumi config set --secret
# streaming-platform:kubeconfig`. A mistake is told by its key, before anything is declared.
settings = parse(
    {
        "environment": "dev",
        "aws": {"account_id": account_id(), "region": REGION},
        "cluster": {
            "flavour": "existing",
            "context": "example",
            "identifier": "example",
            "aws_identity": {"kind": "secret", "name": "aws-credentials"},
        },
        "kafka": {
            "flavour": "external",
            "bootstrap_servers": "kafka.example.com:9093",
            "sasl_mechanism": "SCRAM-SHA-512",
        },
        "flink": {
            "flavour": "cmf",
            "database": {"flavour": "existing", "host": "cmf-db.example.com", "database": "cmf", "user": "cmf"},
            "authentication": {"kind": "none"},
        },
        "postgres": {"flavour": "existing", "host": "claims-db.example.com", "database": "insurance"},
        "applications": ["claims"],
    },
    "examples/python/platform",
)
# It makes its own AWS provider, held to `aws.account_id`.
platform = Platform("platform", PlatformArgs(settings, load_applications(settings.applications)))

for key, value in platform.exports.items():
    pulumi.export(key, value)
