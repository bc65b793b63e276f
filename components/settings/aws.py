"""Where the AWS resources live."""

from typing import Annotated

from pydantic import AfterValidator, Field

from components.settings.base import Arn, Model


def _of_the_public_partition(region: str) -> str:
    for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso", "aws-iso")):
        if region.startswith(prefix):
            raise ValueError(
                f"{region} is in the partition {partition}, while the platform's IAM documents name ARNs of `aws`; "
                "take a region of AWS' public partition, as eu-central-1"
            )
    return region


class AwsSettings(Model):
    """Where the AWS resources live."""

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$"), AfterValidator(_of_the_public_partition)] = (
        "us-east-1"
    )
    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$", description="12 digits, quoted")]
    emulated: bool = Field(
        default=False,
        description="True: the provider's endpoints point at the AWS emulator on local.ports.aws",
    )
    alarm_actions: list[Arn] = Field(
        default_factory=list, description="SNS topics that CloudWatch's alarms call; none: alarms are seen, not told"
    )
    tags: dict[str, str] = Field(default_factory=dict, description="added to the tags of every resource")
