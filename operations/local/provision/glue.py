"""Glue databases."""

from typing import Any

from operations.local.provision.clients import Clients
from operations.local.provision.resource import Attributes, Handler, Inputs, pages, pascal, present, tolerate
from operations.local.provision.state import Record

GONE = ("EntityNotFoundException",)


class CatalogDatabase(Handler):
    """aws.glue.CatalogDatabase. Its id is <catalog id>:<name>. Deleting it deletes its tables, as with Glue."""

    token = "aws:glue/catalogDatabase:CatalogDatabase"  # noqa: S105
    settable = frozenset(
        {
            "catalogId",
            "createTableDefaultPermissions",
            "description",
            "locationUri",
            "name",
            "parameters",
            "region",
            "tags",
            "targetDatabase",
        }
    )
    replaces = frozenset({"catalogId", "name", "region", "targetDatabase"})
    name_key = "name"

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        glue, name = aws.get("glue"), inputs["name"]
        catalog = present(inputs, CatalogId="catalogId")
        tags = {key: str(value) for key, value in inputs.get("tagsAll", {}).items()}
        glue.create_database(**catalog, DatabaseInput=self._input(name, inputs), **({"Tags": tags} if tags else {}))
        found = glue.get_database(**catalog, Name=name)["Database"]["CatalogId"]
        arn = f"arn:aws:glue:{aws.region}:{found}:database/{name}"
        return f"{found}:{name}", {"arn": arn, "catalogId": found}

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        glue, (catalog, name) = aws.get("glue"), old.id.split(":", 1)
        if changed - {"tags", "tagsAll"}:
            glue.update_database(CatalogId=catalog, Name=name, DatabaseInput=self._input(name, inputs))
        if "tagsAll" in changed:
            arn, wanted = old.outputs["arn"], {k: str(v) for k, v in inputs.get("tagsAll", {}).items()}
            existing = glue.get_tags(ResourceArn=arn).get("Tags", {})
            if obsolete := [key for key in existing if key not in wanted]:
                glue.untag_resource(ResourceArn=arn, TagsToRemove=obsolete)
            if wanted:
                glue.tag_resource(ResourceArn=arn, TagsToAdd=wanted)
        return old.outputs

    def _input(self, name: str, inputs: Inputs) -> dict[str, Any]:
        parameters = present(inputs, Description="description", LocationUri="locationUri", Parameters="parameters")
        for key in ("createTableDefaultPermissions", "targetDatabase"):
            if key in inputs:
                parameters[key[:1].upper() + key[1:]] = pascal(inputs[key], {})
        return {"Name": name, **parameters}

    def delete(self, aws: Clients, old: Record) -> None:
        catalog, name = old.id.split(":", 1)
        tolerate(GONE, aws.get("glue").delete_database, CatalogId=catalog, Name=name)

    def listing(self, aws: Clients) -> frozenset[str]:
        databases = pages(aws.get("glue").get_databases, "DatabaseList", "NextToken")
        return frozenset(f"{database['CatalogId']}:{database['Name']}" for database in databases)

    def find(self, aws: Clients, name: str, inputs: Inputs) -> str | None:
        catalog = present(inputs, CatalogId="catalogId")
        answer = tolerate(GONE, aws.get("glue").get_database, Name=name, **catalog)
        return f"{answer['Database']['CatalogId']}:{name}" if answer else None
