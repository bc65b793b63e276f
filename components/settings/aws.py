"""Where the AWS resources live."""

from typing import Annotated

from pydantic import Field

from components.settings.base import Model


class AwsSettings(Model):
    """Where the AWS resources live."""

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")] = "us-east-1"
    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$", description="12 digits, quoted")]
    emulated: bool = Field(
        default=False,
        description="True: the provider's endpoints point at the AWS emulator on local.ports.aws",
    )
    tags: dict[str, str] = Field(default_factory=dict, description="added to the tags of every resource")
