"""The variant on Kubernetes."""

from typing import Any

import pulumi

from components.application import Application
from components.naming import Naming
from components.platform.foundation import Foundation
from components.settings import Settings


def on_kubernetes(
    settings: Settings, naming: Naming, base: Foundation, applications: list[Application], child: pulumi.ResourceOptions
) -> dict[str, Any]:
    """Declare the variant. Returns its exports."""
    raise NotImplementedError
