"""The platform of one stack: the only room that knows which variant was chosen.

`Platform` makes what every variant has (the lake, Flink's state); `on_this_machine` and `on_kubernetes` make the rest.
"""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.application import Application
from components.aws_provider import aws_provider
from components.naming import Naming
from components.platform.applications import APPLICATIONS, load_applications
from components.platform.foundation import emulator_endpoint, foundation
from components.settings import Settings
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
        base = foundation(settings, naming, child)
        # Imported when it is known which: the SDKs of the other variant take a second to load.
        if isinstance(settings.flink, LocalFlink):
            from components.platform.on_this_machine import on_this_machine as variant
        else:
            from components.platform.on_kubernetes import on_kubernetes as variant
        self.exports = {**base.exports, **variant(settings, naming, base, args.applications, child)}
        self.register_outputs({})
