"""The component package's entry: what Pulumi starts when a program in another language uses these components."""

import sys
from pathlib import Path

# Pulumi runs this folder. Modules here are imported as `components.<name>`, and not without it: `platform` is Python's.
FOLDER = Path(__file__).resolve().parent
sys.path[:] = [str(FOLDER.parent), *(one for one in sys.path if Path(one).resolve() != FOLDER)]

from pulumi.provider import main  # noqa: E402

from components.package import provider  # noqa: E402

if __name__ == "__main__":
    main(provider(), sys.argv[1:])
