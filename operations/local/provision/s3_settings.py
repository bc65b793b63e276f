"""The settings of S3 buckets that Pulumi has as resources of their own. Each is one put, one get and one delete."""

from typing import Any, ClassVar

from operations.local.provision.clients import Clients
from operations.local.provision.failures import Refused
from operations.local.provision.resource import Attributes, Handler, Inputs, pascal, present, tolerate
from operations.local.provision.s3 import GONE
from operations.local.provision.state import Record
from operations.local.provision.values import document

_ENCRYPTION_NAMES = {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}


class BucketSetting(Handler):
    """A setting whose id is the name of its bucket.

    stem:   the boto3 methods are put_<stem>, get_<stem> and delete_<stem>
    absent: what S3 answers where the bucket has no such setting
    """

    stem: ClassVar[str]
    absent: ClassVar[tuple[str, ...]] = ()
    replaces = frozenset({"bucket", "region"})

    def body(self, inputs: Inputs) -> dict[str, Any]:
        """The parameters of the put request, without the bucket."""
        raise NotImplementedError

    def _call(self, aws: Clients, verb: str) -> Any:
        return getattr(aws.get("s3"), f"{verb}_{self.stem}")

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        bucket = inputs["bucket"]
        self._call(aws, "put")(Bucket=bucket, **self.body(inputs))
        return bucket, {}

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        self._call(aws, "put")(Bucket=old.id, **self.body(inputs))
        return old.outputs

    def delete(self, aws: Clients, old: Record) -> None:
        tolerate((*GONE, *self.absent), self._call(aws, "delete"), Bucket=old.id)

    def exists(self, aws: Clients, old: Record, listing: frozenset[str] | None) -> bool:
        return tolerate((*GONE, *self.absent), self._call(aws, "get"), Bucket=old.id) is not None


class Versioning(BucketSetting):
    """aws.s3.BucketVersioning. S3 cannot remove versioning: deleting suspends it."""

    token = "aws:s3/bucketVersioning:BucketVersioning"  # noqa: S105
    settable = frozenset({"bucket", "versioningConfiguration", "mfa", "region"})
    stem = "bucket_versioning"

    def body(self, inputs: Inputs) -> dict[str, Any]:
        configuration = pascal(inputs.get("versioningConfiguration", {}), {"mfaDelete": "MFADelete"})
        return {"VersioningConfiguration": configuration, **present(inputs, MFA="mfa")}

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        # "Disabled" is the provider's word for a bucket that never had versioning; S3 has no such request.
        return (inputs["bucket"], {}) if _disabled(inputs) else super().create(aws, inputs)

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        if _disabled(inputs):
            if _disabled(old.inputs):
                return old.outputs
            raise Refused(
                "InvalidArgument",
                "versioning cannot go from Enabled or Suspended to Disabled",
                "set versioningConfiguration.status to Suspended",
            )
        return super().update(aws, old, inputs, changed)

    def delete(self, aws: Clients, old: Record) -> None:
        if not _disabled(old.inputs):
            put = self._call(aws, "put")
            codes = (*GONE, "InvalidBucketState")
            tolerate(codes, put, Bucket=old.id, VersioningConfiguration={"Status": "Suspended"})

    def exists(self, aws: Clients, old: Record, listing: frozenset[str] | None) -> bool:
        answer = tolerate(GONE, self._call(aws, "get"), Bucket=old.id)
        return answer is not None and (_disabled(old.inputs) or "Status" in answer)


def _disabled(inputs: Inputs) -> bool:
    configuration = inputs.get("versioningConfiguration", {})
    return isinstance(configuration, dict) and configuration.get("status") == "Disabled"


class Encryption(BucketSetting):
    """aws.s3.BucketServerSideEncryptionConfiguration."""

    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"  # noqa: S105
    settable = frozenset({"bucket", "rules", "region"})
    stem = "bucket_encryption"
    absent = ("ServerSideEncryptionConfigurationNotFoundError",)

    def body(self, inputs: Inputs) -> dict[str, Any]:
        rules = pascal(inputs.get("rules", []), _ENCRYPTION_NAMES)
        for rule in rules:
            if isinstance(rule, dict) and "BlockedEncryptionTypes" in rule:
                rule["BlockedEncryptionTypes"] = {"EncryptionType": rule["BlockedEncryptionTypes"]}
        return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


class PublicAccessBlock(BucketSetting):
    """aws.s3.BucketPublicAccessBlock."""

    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"  # noqa: S105
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    settable = frozenset({*switches, "bucket", "region", "skipDestroy"})
    defaults = dict.fromkeys(switches, False)
    stem = "public_access_block"
    absent = ("NoSuchPublicAccessBlockConfiguration",)

    def body(self, inputs: Inputs) -> dict[str, Any]:
        wanted = {switch: inputs.get(switch, False) for switch in self.switches}
        return {"PublicAccessBlockConfiguration": pascal(wanted, {})}

    def delete(self, aws: Clients, old: Record) -> None:
        if old.inputs.get("skipDestroy") is not True:
            super().delete(aws, old)


class OwnershipControls(BucketSetting):
    """aws.s3.BucketOwnershipControls."""

    token = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"  # noqa: S105
    settable = frozenset({"bucket", "rule", "region"})
    stem = "bucket_ownership_controls"
    absent = ("OwnershipControlsNotFoundError",)

    def body(self, inputs: Inputs) -> dict[str, Any]:
        return {"OwnershipControls": {"Rules": [pascal(inputs.get("rule", {}), {})]}}


class Lifecycle(BucketSetting):
    """aws.s3.BucketLifecycleConfiguration."""

    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"  # noqa: S105
    settable = frozenset({"bucket", "rules", "region", "timeouts", "transitionDefaultMinimumObjectSize"})
    defaults = {"transitionDefaultMinimumObjectSize": "all_storage_classes_128K"}  # noqa: RUF012
    stem = "bucket_lifecycle_configuration"
    absent = ("NoSuchLifecycleConfiguration",)

    def body(self, inputs: Inputs) -> dict[str, Any]:
        return {
            "LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in inputs.get("rules", [])]},
            **present(inputs, TransitionDefaultMinimumObjectSize="transitionDefaultMinimumObjectSize"),
        }

    def delete(self, aws: Clients, old: Record) -> None:
        # The one setting whose delete method has another name than its put and get.
        tolerate((*GONE, *self.absent), aws.get("s3").delete_bucket_lifecycle, Bucket=old.id)


def _lifecycle_rule(rule: Any) -> Any:
    if not isinstance(rule, dict):
        return rule
    narrowed = rule.get("filter", {}).get("and", {})
    converted = pascal({k: v for k, v in rule.items() if k != "filter"}, {"id": "ID"})
    if "filter" in rule:
        converted["Filter"] = pascal({k: v for k, v in rule["filter"].items() if k != "and"}, {})
        if narrowed:
            tags = [{"Key": name, "Value": text} for name, text in narrowed.get("tags", {}).items()]
            others = pascal({k: v for k, v in narrowed.items() if k != "tags"}, {})
            converted["Filter"]["And"] = {**others, **({"Tags": tags} if tags else {})}
    elif "Prefix" not in converted:
        # The provider's default: a rule without a filter holds for all objects.
        converted["Filter"] = {"Prefix": ""}
    return converted


class Policy(BucketSetting):
    """aws.s3.BucketPolicy."""

    token = "aws:s3/bucketPolicy:BucketPolicy"  # noqa: S105
    settable = frozenset({"bucket", "policy", "region"})
    documents = frozenset({"policy"})
    stem = "bucket_policy"
    absent = ("NoSuchBucketPolicy",)

    def body(self, inputs: Inputs) -> dict[str, Any]:
        return {"Policy": document(inputs.get("policy"))}
