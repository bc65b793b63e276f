"""The component package's entry: what Pulumi starts when a program in another language uses these components."""

import sys
from pathlib import Path

# Pulumi runs this folder, and modules here are imported as `components.<name>`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi.provider import main

from components.package import provider

if __name__ == "__main__":
    main(provider(), sys.argv[1:])
