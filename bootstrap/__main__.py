"""What CI needs in an AWS account: a place for state, keys for secrets, and roles that hold no stored credentials."""

import sys
from pathlib import Path

import pulumi

# The engine puts this folder on the path; the modules below belong to the repository.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bootstrap.program import declare
from components.errors import PlatformError

try:
    exports = declare()
except PlatformError as error:
    # The engine prints a RunError as it is, without a traceback.
    raise pulumi.RunError(str(error)) from error

for key, value in exports.items():
    pulumi.export(key, value)
