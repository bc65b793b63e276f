"""Flink and Tableflow on Confluent Cloud."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.settings.base import ApplicationName, Model

TopicName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,249}$")]


class StatementStart(Model):
    """Where a changed statement begins to read; without a key, at the beginning of the topics."""

    offsets: dict[TopicName, str] = Field(
        default_factory=dict, description="topic -> `partition:0,offset:42;...`, as the export latest_offsets shows it"
    )
    statement: str | None = Field(default=None, description="name of a stopped statement to take the offsets from")

    @model_validator(mode="after")
    def _one_of_them(self) -> "StatementStart":
        if self.offsets and self.statement is not None:
            raise ValueError("offsets and statement both say where to begin; keep one of them")
        return self


class StatementOverride(Model):
    """How the statement of one application is run."""

    stopped: bool = Field(default=False, description="its position is kept")
    running: str | None = Field(
        default=None,
        description="name of the statement that runs, as the export `applications` shows it: with it, a change that "
        "would write rows twice is refused",
    )
    start: StatementStart | None = None


class TableflowSettings(Model):
    """What applications write, as Iceberg tables in a bucket of ours, known to Glue."""

    error_topic: TopicName | None = Field(
        default="error_log", description="records that are no row go there; null: the table is suspended"
    )
    snapshot_hours: Annotated[int, Field(ge=24, le=24 * 3650)] = Field(default=168, description="snapshots are kept")
    data_days: int = Field(
        default=0,
        description="rows are kept: 0 for ever, else 30 or more where Confluent has turned it on; 0 lifts no limit",
    )
    glue_database: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] | None = Field(
        default=None, description="default: the id of the cluster, as Confluent names it"
    )

    @model_validator(mode="after")
    def _long_enough(self) -> "TableflowSettings":
        if self.data_days != 0 and not 30 <= self.data_days <= 3650:
            raise ValueError(f"data_days is {self.data_days}; write 0 (for ever), or 30 to 3650")
        return self


class ConfluentCloudFlink(Model):
    """A compute pool of Confluent Cloud; each application is one statement."""

    flavour: Literal["confluent_cloud"]
    max_cfu: Literal[5, 10, 20, 30, 40, 50] = Field(
        default=10, description="ceiling of the pool, CFU; billed is what is used. It can be raised and not lowered"
    )
    error_topic: TopicName | None = Field(
        default="error_log", description="values that cannot be read go there; null: they stop the statement"
    )
    sink_partitions: Annotated[int, Field(ge=1, le=1000)] = Field(default=6, description="of the topics that it writes")
    retention_hours: Annotated[int, Field(ge=1, le=24 * 3650)] = Field(
        default=168, description="of the append tables that it writes, in their topics; Tableflow keeps rows by itself"
    )
    statements: dict[ApplicationName, StatementOverride] = Field(
        default_factory=dict, description="application -> how its statement is run"
    )
    tableflow: TableflowSettings | None = Field(
        default=TableflowSettings(), description="null: results stay in topics only"
    )
