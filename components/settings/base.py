"""What all settings share."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PROJECT = "streaming-platform"

Port = Annotated[int, Field(ge=1024, le=65535, description="TCP port on the loopback interface")]
Megabytes = Annotated[int, Field(ge=64, le=16384, description="MiB")]
Share = Annotated[float, Field(ge=0, le=0.5, description="share of all events, 0 to 0.5")]
Arn = Annotated[str, Field(pattern=r"^arn:aws(-cn|-us-gov)?:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:.+$")]
HostName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$", max_length=253)
]
# What Kubernetes takes as the name of a namespace, a Service or a ServiceAccount.
DnsLabel = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]


class Model(BaseModel):
    """Unknown keys are mistakes, and nothing is coerced: a port written as a string is told, not guessed."""

    # Built when first used: of most models only what they are part of is ever validated, and building each by itself
    # takes longer than reading a stack.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Environment(StrEnum):
    """What the stack is for. `prod` protects stateful resources against a mistaken destroy."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


ApplicationName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]

# The only periods that CloudWatch Logs takes, in days:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def _retention(days: int) -> int:
    if days not in RETENTION_DAYS:
        around = [max((one for one in RETENTION_DAYS if one < days), default=1)]
        around += [one for one in RETENTION_DAYS if one > days][:1]
        raise ValueError(f"CloudWatch Logs cannot keep logs for {days} days; write {' or '.join(map(str, around))}")
    return days


RetentionDays = Annotated[int, AfterValidator(_retention)]
