"""Who captures the changes of PostgreSQL."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.settings.base import Model, RetentionDays
from components.settings.confluent import ConfluentConnector
from components.versions import FLINK


class LocalConnect(Model):
    """The Kafka Connect worker that `streamctl up` starts."""

    flavour: Literal["local"]


class MskConnect(Model):
    """Debezium on MSK Connect: AWS runs the workers. It reaches MSK by IAM only."""

    flavour: Literal["msk_connect"]
    mcu: Literal[1, 2, 4, 8] = Field(default=1, description="MSK Connect units of 1 vCPU and 4 GiB")
    log_days: RetentionDays = Field(default=30, description="days that logs are kept")
    exactly_once: bool = Field(
        default=True, description="false where MSK Connect refuses it: after a crash some changes come twice"
    )


class KafkaConnect(Model):
    """Debezium in Kafka Connect workers on the cluster. Works with every Kafka."""

    flavour: Literal["kafka_connect"]
    replicas: Annotated[int, Field(ge=1, le=9)] = 2
    cpu: Annotated[str, Field(pattern=r"^([0-9]+m|[0-9]+(\.[0-9])?)$")] = "500m"
    memory_mib: Annotated[int, Field(ge=512, le=65_536)] = 1536


class NativeCdc(Model):
    """Flink's own PostgreSQL source: no Connect and no topics; each application reads the database itself."""

    flavour: Literal["native"]

    @model_validator(mode="after")
    def _no_release_loads(self) -> "NativeCdc":
        # 3.5.0 is for 1.20 and lacks a class on 2.x; 3.6.0 comes for 1.20 and 2.2 (components/cdc/native.py).
        if FLINK.startswith("2.1."):
            raise ValueError(f"native, while no Flink CDC loads on Flink {FLINK}; write kafka_connect or msk_connect")
        return self


CdcSettings = Annotated[
    LocalConnect | MskConnect | KafkaConnect | NativeCdc | ConfluentConnector, Field(discriminator="flavour")
]
