"""Which file makes a captured table; told before anything is started where none does."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.application import Application, Capture
from components.errors import PlatformError
from components.platform import APPLICATIONS, load_applications
from operations.local.source_tables import created_tables, source_files


def capturing(name: str, *tables: str) -> Application:
    (application,) = load_applications(["telematics"])
    captures = [Capture(table=table, key=["id"]) for table in tables]
    spec = application.spec.model_copy(update={"name": name, "capture": captures})
    return replace(application, spec=spec, where=f"applications/{name}/application.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"one": "CREATE TABLE a ();", "two": "CREATE TABLE b (); CREATE TABLE c ();"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "source.sql").write_text(text)
    return tmp_path


def test_telematics_alone_gets_the_policies_that_claims_writes_down():
    file = APPLICATIONS / "claims" / "source.sql"
    for names in (["telematics"], ["claims"], ["telematics", "claims"]):
        assert source_files(load_applications(names)) == [file]


def test_files_of_others_are_run_first_and_only_where_they_are_needed(folder):
    assert source_files([capturing("one", "public.a")], folder) == [folder / "one" / "source.sql"]
    both = [folder / "two" / "source.sql", folder / "one" / "source.sql"]
    assert source_files([capturing("one", "public.a", "public.c")], folder) == both
    assert source_files([capturing("three", "public.b")], folder) == both[:1]
    # Its own file is run although nobody captures what it makes.
    assert source_files([capturing("one")], folder) == both[1:]


def test_all_tables_that_no_file_makes_are_told_at_once(folder):
    with pytest.raises(PlatformError) as caught:
        source_files([capturing("one", "public.a", "public.d"), capturing("two", "other.a")], folder)
    first, second = caught.value.mistakes
    assert (first.where, first.key) == ("applications/one/application.yaml", "capture")
    assert first.found.startswith("public.d, ")
    assert "applications/one/source.sql" in first.remedy
    assert second.found.startswith("other.a, ")


def test_the_tables_of_an_sql_file(tmp_path):
    file = tmp_path / "source.sql"
    file.write_text(
        """-- CREATE TABLE no.comment ();
        /* CREATE TABLE
           no.other */
        create table if not exists Public.Claims (id int);
        CREATE TABLE plain (id int); CREATE TABLE "My"."Table" (id int); CREATE INDEX plain_id ON plain (id);
        """
    )
    assert created_tables(file) == ["public.claims", "public.plain", "My.Table"]
    assert created_tables(APPLICATIONS / "claims" / "source.sql") == ["public.policies", "public.claims"]
