"""A platform of the bench's own: its home is a temporary folder, the downloads are the user's."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from components.flink.sql import IcebergCatalog
from operations.local import distribution, ports, record
from operations.local.lake import Lake
from operations.local.layout import Layout
from operations.local.ports import Ports
from operations.local.progress import Wait
from operations.local.provision.clients import Clients
from operations.local.services import generators
from operations.local.supervisor import Supervisor
from operations.local.up import bring_up

STACK = "local"
GENERATORS = (generators.TELEMETRY, generators.CLAIMS)


@contextmanager
def temporary_layout(wait: Wait) -> Iterator[Layout]:
    """A home in a temporary folder, with everything downloaded; whatever was started in it is ended at the end."""
    users = Layout.of_environment()
    distribution.ensure(users, lambda what, share: wait.share("downloads", share, what))
    wait.done("downloads")
    layout = Layout(Path(tempfile.mkdtemp(prefix="streamctl-bench-")).resolve(), users.dist)
    try:
        yield layout
    finally:
        if layout.run.is_dir():
            Supervisor(layout).stop(wait.event)
        shutil.rmtree(layout.home, ignore_errors=True)


@dataclass(frozen=True)
class Stand:
    """A platform that is up for measuring.

    exports: what its program exports
    """

    layout: Layout
    ports: Ports
    exports: dict[str, Any]

    @property
    def rest(self) -> str:
        """The JobManager's URL."""
        return self.ports.url("jobmanager_rest")

    @property
    def gateway(self) -> str:
        """The SQL gateway's URL."""
        return self.ports.url("sql_gateway")

    def lake(self, database: str | None = None) -> Lake:
        """The tables of `database`, by default those of the platform's applications."""
        return Lake(self.ports.url("aws"), self.exports["region"], database or self.exports["lake_database"])

    def catalog(self, database: str) -> IcebergCatalog:
        """The catalog for a job that writes into `database`."""
        return IcebergCatalog(
            database, self.exports["lake_warehouse"], self.exports["region"], endpoint=self.ports.url("aws")
        )

    def fresh_database(self, database: str) -> None:
        """Make the Glue database `database`, without tables."""
        self.drop_database(database)
        self._glue.create_database(DatabaseInput={"Name": database})

    def drop_database(self, database: str) -> None:
        """Remove a Glue database with its tables, where it exists. Their files are removed too."""
        glue = self._glue
        try:
            tables = [
                table
                for page in glue.get_paginator("get_tables").paginate(DatabaseName=database)
                for table in page["TableList"]
            ]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "EntityNotFoundException":
                return
            raise
        for table in tables:
            glue.delete_table(DatabaseName=database, Name=table["Name"])
            self._delete_files(table["StorageDescriptor"]["Location"])
        glue.delete_database(Name=database)

    def stop_generators(self) -> None:
        """End the two generators, where they run: what is measured next must not share the machine with them."""
        for name in GENERATORS:
            Supervisor(self.layout).end(name)

    @property
    def _glue(self) -> Any:
        return Clients(self.ports.url("aws"), self.exports["region"]).get("glue")

    def _delete_files(self, location: str) -> None:
        bucket, prefix = location.removeprefix("s3://").split("/", 1)
        s3 = Clients(self.ports.url("aws"), self.exports["region"]).get("s3")
        # Versions too: the bucket keeps them, and the emulator keeps everything in memory.
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix.rstrip("/") + "/"):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            keys = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if keys:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})


@contextmanager
def stand(wait: Wait) -> Iterator[Stand]:
    """The stack `local`, up in a temporary home; down at the end."""
    with temporary_layout(wait) as layout:
        bring_up(STACK, layout, wait)
        chosen = ports.remembered(layout)
        if chosen is None:
            raise RuntimeError("a platform that is up has ports")
        yield Stand(layout, chosen, record.require(layout).exports)
