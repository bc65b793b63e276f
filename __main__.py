"""The Pulumi program: load the stack's settings, declare the platform, export what others need."""

import pulumi

from components.errors import PlatformError
from components.platform import Platform, PlatformArgs, load_applications
from components.settings import load

try:
    settings = load()
    platform = Platform("platform", PlatformArgs(settings, load_applications(settings.applications)))
except PlatformError as error:
    # The engine prints a RunError as it is, without a traceback.
    raise pulumi.RunError(str(error)) from error

for key, value in platform.exports.items():
    pulumi.export(key, value)
