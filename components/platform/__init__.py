"""The platform of one stack: the only room that knows which variant was chosen.

There are three: `on_this_machine`, `on_kubernetes` and `on_confluent_cloud`.
"""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.application import Application
from components.aws_provider import aws_provider
from components.naming import Naming
from components.platform.applications import APPLICATIONS, load_applications
from components.platform.foundation import emulator_endpoint
from components.settings import Settings
from components.settings.confluent_flink import ConfluentCloudFlink
from components.settings.flink import LocalFlink

__all__ = ["APPLICATIONS", "Platform", "PlatformArgs", "load_applications"]


@dataclass
class PlatformArgs:
    """Inputs of `Platform`: checked settings and the applications that they name."""

    settings: Settings
    applications: list[Application]


class Platform(pulumi.ComponentResource):
    """Everything of one stack. `exports` is what the stack exports."""

    exports: dict[str, Any]

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None):
        settings = args.settings
        naming = Naming(
            pulumi.get_project(),
            pulumi.get_stack(),
            settings.aws.account_id,
            settings.environment.value,
            settings.aws.tags,
        )
        provider = aws_provider(settings.aws, emulator_endpoint(settings), pulumi.ResourceOptions())
        super().__init__(
            "streaming-platform:index:Platform",
            name,
            None,
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(providers=[provider])),
        )
        child = pulumi.ResourceOptions(parent=self)
        # Imported when it is known which: the SDKs of the other variants take a second to load.
        if isinstance(settings.flink, LocalFlink):
            from components.platform.on_this_machine import on_this_machine as variant
        elif isinstance(settings.flink, ConfluentCloudFlink):
            from components.platform.on_confluent_cloud import on_confluent_cloud as variant
        else:
            from components.platform.on_kubernetes import on_kubernetes as variant
        self.exports = variant(settings, naming, args.applications, child)
        self.register_outputs({})
