"""Two API keys of a Kafka cluster that take turns."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi_confluentcloud as confluent

from components.key_rotation import KeyScope, RotatingApiKeys, RotatingApiKeysArgs
from examples.python.shared import PREFIX

config = pulumi.Config()
control = confluent.Provider(
    "control",
    cloud_api_key=config.require_secret("confluent_key"),
    cloud_api_secret=config.require_secret("confluent_secret"),
)
keys = RotatingApiKeys(
    "orders",
    RotatingApiKeysArgs(
        display_name=f"{PREFIX}-orders",
        owner_id="sa-123abc",
        scope=KeyScope("lkc-123abc", "cmk/v2", "Cluster", "env-123abc"),
        # One more for each rotation.
        number=config.get_int("rotation") or 0,
    ),
    opts=pulumi.ResourceOptions(providers=[control]),
)

pulumi.export("key", keys.key)
pulumi.export("active", keys.active)
