"""What every service is made from."""

from dataclasses import dataclass

from components.settings import LocalSettings, Settings
from operations.local.distribution import Distribution
from operations.local.layout import Layout
from operations.local.ports import Ports

# The emulator takes any login. AWS's libraries refuse to start without one, and must never find a real one.
ACCESS_KEY, SECRET_KEY = "local", "local"


@dataclass(frozen=True)
class Inputs:
    """Settings of the stack, ports of this run, folder of the downloads, folders of this platform."""

    settings: Settings
    ports: Ports
    distribution: Distribution
    layout: Layout

    @property
    def local(self) -> LocalSettings:
        """The settings that only the stack on one machine has."""
        return self.settings.local or LocalSettings()

    @property
    def aws_environment(self) -> dict[str, str]:
        """Environment of a process that speaks to the emulator, and to nothing else: no profile, no instance role."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self.settings.aws.region,
            "AWS_DEFAULT_REGION": self.settings.aws.region,
            "AWS_ENDPOINT_URL": self.ports.url("aws"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
