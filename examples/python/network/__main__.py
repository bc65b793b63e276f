"""A VPC in three zones, with one NAT gateway and private endpoints of the AWS services."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.network import Network, NetworkArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, on_aws

network = Network(
    "network",
    NetworkArgs(
        name_prefix=PREFIX,
        cidr="10.20.0.0/16",
        zones=[f"{REGION}a", f"{REGION}b", f"{REGION}c"],
        region=REGION,
        account_id=account_id(),
        tags=TAGS,
        nat="single",
        flow_log_days=14,
    ),
    opts=on_aws(),
)

pulumi.export("vpc_id", network.vpc_id)
pulumi.export("private_subnet_ids", network.private_subnet_ids)
# For allow lists of others: what they see pods come from.
pulumi.export("nat_addresses", network.nat_addresses)
