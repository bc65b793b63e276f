"""Secrets Manager: secrets and their versions."""

import base64
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
from operations.local.provision.values import document

# InvalidRequestException: the secret is marked for deletion already.
GONE = ("ResourceNotFoundException", "InvalidRequestException")
# The provider's default. 0 deletes at once.
RECOVERY_DAYS = 30
CURRENT = "AWSCURRENT"


class Secret(Handler):
    """aws.secretsmanager.Secret. Its id is its ARN."""

    token = "aws:secretsmanager/secret:Secret"  # noqa: S105
    settable = frozenset(
        {
            "description",
            "forceOverwriteReplicaSecret",
            "kmsKeyId",
            "name",
            "namePrefix",
            "policy",
            "recoveryWindowInDays",
            "region",
            "tags",
        }
    )
    replaces = frozenset({"name", "namePrefix", "region"})
    name_key = "name"
    prefix_key = "namePrefix"
    documents = frozenset({"policy"})
    defaults = {  # noqa: RUF012
        "forceOverwriteReplicaSecret": False,
        "policy": "",
        "recoveryWindowInDays": RECOVERY_DAYS,
        "replicas": [],
    }

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        manager = aws.get("secretsmanager")
        parameters = present(inputs, Name="name", Description="description", KmsKeyId="kmsKeyId")
        arn = manager.create_secret(**parameters, Tags=tag_list(inputs))["ARN"]
        if inputs.get("policy"):
            manager.put_resource_policy(SecretId=arn, ResourcePolicy=document(inputs["policy"]))
        return arn, {"arn": arn}

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        manager, arn = aws.get("secretsmanager"), old.id
        if changed & {"description", "kmsKeyId"}:
            key = present(inputs, KmsKeyId="kmsKeyId")
            manager.update_secret(SecretId=arn, Description=inputs.get("description", ""), **key)
        if "policy" in changed:
            if inputs.get("policy"):
                manager.put_resource_policy(SecretId=arn, ResourcePolicy=document(inputs["policy"]))
            else:
                manager.delete_resource_policy(SecretId=arn)
        if "tagsAll" in changed:
            existing = manager.describe_secret(SecretId=arn).get("Tags", [])
            if obsolete := obsolete_tags(existing, inputs):
                manager.untag_resource(SecretId=arn, TagKeys=obsolete)
            if inputs.get("tagsAll"):
                manager.tag_resource(SecretId=arn, Tags=tag_list(inputs))
        return old.outputs

    def delete(self, aws: Clients, old: Record) -> None:
        days = old.inputs.get("recoveryWindowInDays", RECOVERY_DAYS)
        how: dict[str, Any] = {"ForceDeleteWithoutRecovery": True} if days == 0 else {"RecoveryWindowInDays": days}
        tolerate(GONE, aws.get("secretsmanager").delete_secret, SecretId=old.id, **how)

    def listing(self, aws: Clients) -> frozenset[str]:
        return frozenset(secret["ARN"] for secret in _secrets(aws))

    def find(self, aws: Clients, name: str, inputs: Inputs) -> str | None:
        answer = tolerate(GONE, aws.get("secretsmanager").describe_secret, SecretId=name)
        return answer["ARN"] if answer else None


class SecretVersion(Handler):
    """aws.secretsmanager.SecretVersion. Its id is <secret id>|<version id>; a changed value is a new version."""

    token = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105
    settable = frozenset({"region", "secretBinary", "secretId", "secretString", "versionStages"})
    replaces = frozenset({"region", "secretBinary", "secretId", "secretString"})
    always_secret = frozenset({"secretBinary", "secretString"})

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        parameters = present(inputs, SecretId="secretId", SecretString="secretString", VersionStages="versionStages")
        if "secretBinary" in inputs:
            parameters["SecretBinary"] = base64.b64decode(inputs["secretBinary"], validate=True)
        answer = aws.get("secretsmanager").put_secret_value(**parameters)
        arn, version = answer["ARN"], answer["VersionId"]
        stages = answer.get("VersionStages", [CURRENT])
        attributes = {"arn": arn, "secretArn": arn, "versionId": version, "versionStages": sorted(stages)}
        return f"{inputs['secretId']}|{version}", attributes

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        manager, (secret, version) = aws.get("secretsmanager"), old.id.rsplit("|", 1)
        held = manager.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
        wanted = set(inputs.get("versionStages", [CURRENT]))
        for stage in sorted(wanted - set(held.get(version, []))):
            holder = next((each for each, stages in held.items() if stage in stages), None)
            source = {"RemoveFromVersionId": holder} if holder else {}
            manager.update_secret_version_stage(SecretId=secret, VersionStage=stage, MoveToVersionId=version, **source)
        self._drop_stages(aws, secret, version, set(held.get(version, [])) - wanted)
        return {**old.outputs, "versionStages": sorted(wanted)}

    def delete(self, aws: Clients, old: Record) -> None:
        # A version without stages is deprecated and AWS removes it in time; there is no request to delete one.
        secret, version = old.id.rsplit("|", 1)
        self._drop_stages(aws, secret, version, set(old.inputs.get("versionStages", [])))

    def _drop_stages(self, aws: Clients, secret: str, version: str, stages: set[str]) -> None:
        # AWSCURRENT can only be moved to another version, never removed.
        call = aws.get("secretsmanager").update_secret_version_stage
        for stage in sorted(stages - {CURRENT}):
            codes = (*GONE, "InvalidParameterException")
            tolerate(codes, call, SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)

    def listing(self, aws: Clients) -> frozenset[str]:
        return frozenset(
            f"{secret[key]}|{version}"
            for secret in _secrets(aws)
            for key in ("ARN", "Name")
            for version in secret.get("SecretVersionsToStages", {})
        )


def _secrets(aws: Clients) -> list[dict[str, Any]]:
    return list(pages(aws.get("secretsmanager").list_secrets, "SecretList", "NextToken"))
