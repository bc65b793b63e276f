"""The component package's entry: what Pulumi starts when a program in another language uses these components."""

import sys
from pathlib import Path

# Pulumi runs this folder, and modules here are imported as `components.<name>`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi.provider.experimental import component_provider_host

from components.package import PACKAGE, components

if __name__ == "__main__":
    component_provider_host(components=components(), name=PACKAGE)
