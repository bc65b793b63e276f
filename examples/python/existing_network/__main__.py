"""A VPC that another team made: only the security group of the workloads is added."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.existing_network import ExistingNetwork, ExistingNetworkArgs
from examples.python.shared import PREFIX, TAGS, on_aws

network = ExistingNetwork(
    "network",
    ExistingNetworkArgs(
        vpc_id="vpc-0a1b2c3d4e5f60718",
        name_prefix=PREFIX,
        private_subnet_ids=["subnet-0a00000000000000a", "subnet-0a00000000000000b"],
        isolated_subnet_ids=["subnet-0b00000000000000a", "subnet-0b00000000000000b"],
        tags=TAGS,
    ),
    opts=on_aws(),
)

# Brokers and databases let this group in; what is to reach them carries it.
pulumi.export("workload_security_group_id", network.workload_security_group_id)
