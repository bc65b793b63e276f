"""A lakehouse that Flink wrote, on an emulator.

`local/fixtures/lake.zip` holds two tables of format version 2 as Flink 2.1 and Iceberg 1.11 left them: `orders`,
upserted by key in four commits, with equality deletes; and `nothing_yet`, to which nothing was written.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from moto.server import ThreadedMotoServer

from operations.local.lake import Lake
from operations.local.provision.clients import Clients

FIXTURE = Path(__file__).parent / "local" / "fixtures" / "lake.zip"


@pytest.fixture(scope="module")
def lake() -> Iterator[Lake]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    clients = Clients(endpoint, "us-east-1")
    s3, glue = clients.get("s3"), clients.get("glue")
    s3.create_bucket(Bucket="lake")
    glue.create_database(DatabaseInput={"Name": "lake"})
    with zipfile.ZipFile(FIXTURE) as archive:
        tables = json.loads(archive.read("tables.json"))
        for name in archive.namelist():
            s3.put_object(Bucket="lake", Key=name, Body=archive.read(name))
    for name, location in tables.items():
        parameters = {"table_type": "ICEBERG", "metadata_location": location}
        glue.create_table(DatabaseName="lake", TableInput={"Name": name, "Parameters": parameters})
    glue.create_table(DatabaseName="lake", TableInput={"Name": "of_another_kind", "Parameters": {}})
    yield Lake(endpoint, "us-east-1", "lake")
    # Its memory belongs to the process: the next module would find what is left.
    requests.post(f"{endpoint}/moto-api/reset", timeout=30).raise_for_status()
    server.stop()
