"""KMS keys and their aliases."""

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

GONE = ("NotFoundException",)
# KMS' own default, as the provider reports it.
ROTATION_DAYS = 365


class Key(Handler):
    """aws.kms.Key. A key cannot be deleted at once: deleting schedules it."""

    token = "aws:kms/key:Key"  # noqa: S105
    settable = frozenset(
        {
            "bypassPolicyLockoutSafetyCheck",
            "customerMasterKeySpec",
            "deletionWindowInDays",
            "description",
            "enableKeyRotation",
            "isEnabled",
            "keyUsage",
            "multiRegion",
            "policy",
            "region",
            "rotationPeriodInDays",
            "tags",
        }
    )
    replaces = frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion", "region"})
    documents = frozenset({"policy"})
    defaults = {  # noqa: RUF012
        "bypassPolicyLockoutSafetyCheck": False,
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "enableKeyRotation": False,
        "isEnabled": True,
        "keyUsage": "ENCRYPT_DECRYPT",
        "multiRegion": False,
    }

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        kms = aws.get("kms")
        parameters = present(
            inputs,
            BypassPolicyLockoutSafetyCheck="bypassPolicyLockoutSafetyCheck",
            Description="description",
            KeySpec="customerMasterKeySpec",
            KeyUsage="keyUsage",
            MultiRegion="multiRegion",
        )
        if inputs.get("policy"):
            parameters["Policy"] = document(inputs["policy"])
        metadata = kms.create_key(**parameters, Tags=tag_list(inputs, "TagKey", "TagValue"))["KeyMetadata"]
        key = metadata["KeyId"]
        if inputs.get("enableKeyRotation"):
            self._rotate(aws, key, inputs)
        if inputs.get("isEnabled") is False:
            kms.disable_key(KeyId=key)
        return key, {"arn": metadata["Arn"], "keyId": key, **self._read(aws, key, inputs)}

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        kms, key = aws.get("kms"), old.id
        # A disabled key takes no change: enable it before the others, disable it after them.
        if "isEnabled" in changed and inputs.get("isEnabled", True):
            kms.enable_key(KeyId=key)
        if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
            self._rotate(aws, key, inputs)
        if "description" in changed:
            kms.update_key_description(KeyId=key, Description=inputs.get("description", ""))
        if "policy" in changed and inputs.get("policy"):
            kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(inputs["policy"]))
        if "tagsAll" in changed:
            existing = kms.list_resource_tags(KeyId=key).get("Tags", [])
            if obsolete := obsolete_tags(existing, inputs, "TagKey"):
                kms.untag_resource(KeyId=key, TagKeys=obsolete)
            if inputs.get("tagsAll"):
                kms.tag_resource(KeyId=key, Tags=tag_list(inputs, "TagKey", "TagValue"))
        if "isEnabled" in changed and not inputs.get("isEnabled", True):
            kms.disable_key(KeyId=key)
        return {"arn": old.outputs["arn"], "keyId": key, **self._read(aws, key, inputs)}

    def _rotate(self, aws: Clients, key: str, inputs: Inputs) -> None:
        if inputs.get("enableKeyRotation"):
            period = present(inputs, RotationPeriodInDays="rotationPeriodInDays")
            aws.get("kms").enable_key_rotation(KeyId=key, **period)
        else:
            aws.get("kms").disable_key_rotation(KeyId=key)

    def _read(self, aws: Clients, key: str, inputs: Inputs) -> Attributes:
        attributes: Attributes = {}
        if "policy" not in inputs:
            answer = aws.get("kms").get_key_policy(KeyId=key, PolicyName="default")
            attributes["policy"] = document(answer["Policy"])
        if inputs.get("enableKeyRotation") and "rotationPeriodInDays" not in inputs:
            attributes["rotationPeriodInDays"] = ROTATION_DAYS
        return attributes

    def delete(self, aws: Clients, old: Record) -> None:
        window = present(old.inputs, PendingWindowInDays="deletionWindowInDays")
        # KMSInvalidStateException: it is scheduled already.
        tolerate((*GONE, "KMSInvalidStateException"), aws.get("kms").schedule_key_deletion, KeyId=old.id, **window)

    def exists(self, aws: Clients, old: Record, listing: frozenset[str] | None) -> bool:
        # ListKeys names keys that are scheduled for deletion too, so each key is asked for.
        answer = tolerate(GONE, aws.get("kms").describe_key, KeyId=old.id)
        return answer is not None and not answer["KeyMetadata"]["KeyState"].startswith("Pending")


class Alias(Handler):
    """aws.kms.Alias."""

    token = "aws:kms/alias:Alias"  # noqa: S105
    settable = frozenset({"name", "namePrefix", "targetKeyId", "region"})
    replaces = frozenset({"name", "namePrefix", "region"})
    name_key = "name"
    prefix_key = "namePrefix"

    def made_up_name(self, logical: str, inputs: Inputs) -> str:
        name = super().made_up_name(logical, inputs)
        return name if name.startswith("alias/") else f"alias/{name}"

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        name = inputs["name"]
        aws.get("kms").create_alias(AliasName=name, TargetKeyId=inputs.get("targetKeyId"))
        return name, self._read(aws, name, inputs)

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        aws.get("kms").update_alias(AliasName=old.id, TargetKeyId=inputs.get("targetKeyId"))
        return self._read(aws, old.id, inputs)

    def _read(self, aws: Clients, name: str, inputs: Inputs) -> Attributes:
        key = aws.get("kms").describe_key(KeyId=inputs.get("targetKeyId"))["KeyMetadata"]["Arn"]
        return {"arn": f"{key.rsplit(':', 1)[0]}:{name}", "targetKeyArn": key}

    def delete(self, aws: Clients, old: Record) -> None:
        tolerate(GONE, aws.get("kms").delete_alias, AliasName=old.id)

    def listing(self, aws: Clients) -> frozenset[str]:
        aliases = pages(aws.get("kms").list_aliases, "Aliases", "Marker", "NextMarker")
        return frozenset(alias["AliasName"] for alias in aliases)

    def find(self, aws: Clients, name: str, inputs: Inputs) -> str | None:
        return name if name in self.listing(aws) else None
