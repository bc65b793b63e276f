"""What all settings share."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Environment(StrEnum):
    """What the stack is for. `prod` protects stateful resources against a mistaken destroy."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


ApplicationName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
