"""Parameters of Systems Manager's Parameter Store."""

from typing import Any

from operations.local.provision.clients import Clients
from operations.local.provision.resource import (
    Attributes,
    Handler,
    Inputs,
    obsolete_tags,
    pages,
    present,
    tag_list,
    tolerate,
)
from operations.local.provision.state import Record

GONE = ("ParameterNotFound",)


class Parameter(Handler):
    """aws.ssm.Parameter. Its id is its name."""

    token = "aws:ssm/parameter:Parameter"  # noqa: S105
    settable = frozenset(
        {
            "allowedPattern",
            "dataType",
            "description",
            "insecureValue",
            "keyId",
            "name",
            "overwrite",
            "region",
            "tags",
            "tier",
            "type",
            "value",
        }
    )
    replaces = frozenset({"dataType", "name", "region"})
    name_key = "name"
    always_secret = frozenset({"value"})
    defaults = {"allowedPattern": "", "description": "", "hasValueWo": False}  # noqa: RUF012

    def must_replace(self, old: Record, inputs: Inputs, changed: frozenset[str]) -> frozenset[str]:
        before = old.inputs.get("tier", old.outputs.get("tier"))
        downgraded = "tier" in changed and before == "Advanced" and inputs.get("tier", "Standard") == "Standard"
        return super().must_replace(old, inputs, changed) | ({"tier"} if downgraded else frozenset())

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        ssm, name = aws.get("ssm"), inputs["name"]
        overwrite = bool(inputs.get("overwrite", False))
        tags = tag_list(inputs)
        # SSM takes tags only with a creation that must not overwrite.
        with_tags: dict[str, Any] = {"Tags": tags} if tags and not overwrite else {}
        answer = ssm.put_parameter(**self._parameters(name, inputs), Overwrite=overwrite, **with_tags)
        if tags and overwrite:
            ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags)
        return name, self._read(aws, name, inputs, answer)

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        ssm, name, attributes = aws.get("ssm"), old.id, old.outputs
        if changed - {"tags", "tagsAll", "overwrite"}:
            parameters = {"Description": "", "AllowedPattern": "", **self._parameters(name, inputs)}
            attributes = self._read(aws, name, inputs, ssm.put_parameter(**parameters, Overwrite=True))
        if "tagsAll" in changed:
            where = {"ResourceType": "Parameter", "ResourceId": name}
            existing = ssm.list_tags_for_resource(**where).get("TagList", [])
            if obsolete := obsolete_tags(existing, inputs):
                ssm.remove_tags_from_resource(**where, TagKeys=obsolete)
            if inputs.get("tagsAll"):
                ssm.add_tags_to_resource(**where, Tags=tag_list(inputs))
        return attributes

    def _parameters(self, name: str, inputs: Inputs) -> dict[str, Any]:
        parameters = present(
            inputs,
            AllowedPattern="allowedPattern",
            DataType="dataType",
            Description="description",
            Tier="tier",
            Type="type",
        )
        if inputs.get("type") == "SecureString":
            parameters |= present(inputs, KeyId="keyId")
        return {"Name": name, "Value": inputs.get("insecureValue", inputs.get("value")), **parameters}

    def _read(self, aws: Clients, name: str, inputs: Inputs, put: dict[str, Any]) -> Attributes:
        found = aws.get("ssm").get_parameter(Name=name)["Parameter"]
        attributes = {"arn": found["ARN"], "version": found["Version"], "dataType": found.get("DataType", "text")}
        attributes["tier"] = put.get("Tier", "Standard")
        if inputs.get("type") == "SecureString" and "keyId" not in inputs:
            attributes["keyId"] = "alias/aws/ssm"
        return attributes

    def delete(self, aws: Clients, old: Record) -> None:
        tolerate(GONE, aws.get("ssm").delete_parameter, Name=old.id)

    def listing(self, aws: Clients) -> frozenset[str]:
        def call(**token: str) -> dict:
            return aws.get("ssm").describe_parameters(MaxResults=50, **token)

        return frozenset(parameter["Name"] for parameter in pages(call, "Parameters", "NextToken"))

    def find(self, aws: Clients, name: str, inputs: Inputs) -> str | None:
        return name if tolerate(GONE, aws.get("ssm").get_parameter, Name=name) else None
