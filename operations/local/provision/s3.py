"""S3 buckets."""

from typing import Any

from operations.local.provision.clients import Clients
from operations.local.provision.failures import Refused
from operations.local.provision.resource import Attributes, Handler, Inputs, pages, tag_list, tolerate
from operations.local.provision.state import Record

GONE = ("NoSuchBucket", "404")
# What one DeleteObjects request takes at most.
BATCH = 1000


class Bucket(Handler):
    """aws.s3.Bucket, without the inline settings that have a resource of their own."""

    token = "aws:s3/bucket:Bucket"  # noqa: S105
    settable = frozenset({"bucket", "bucketPrefix", "forceDestroy", "objectLockEnabled", "region", "tags"})
    replaces = frozenset({"bucket", "bucketPrefix", "objectLockEnabled", "region"})
    name_key = "bucket"
    prefix_key = "bucketPrefix"
    defaults = {"forceDestroy": False, "objectLockEnabled": False}  # noqa: RUF012

    def made_up_name(self, logical: str, inputs: Inputs) -> str:
        # A bucket's name is lower case, 63 characters at most.
        return super().made_up_name(logical[:55], inputs).lower()

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        s3, name = aws.get("s3"), inputs["bucket"]
        if self.find(aws, name, inputs):
            # In us-east-1 S3 answers the second creation of a bucket with success, and the provider with this.
            raise Refused("BucketAlreadyExists", f"the bucket {name} exists already")
        parameters: dict[str, Any] = {"Bucket": name}
        if aws.region != "us-east-1":
            parameters["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}
        if inputs.get("objectLockEnabled"):
            parameters["ObjectLockEnabledForBucket"] = True
        s3.create_bucket(**parameters)
        if inputs.get("tagsAll"):
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(inputs)})
        return name, {
            "arn": f"arn:aws:s3:::{name}",
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegion": aws.region,
            "bucketRegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
        }

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        s3 = aws.get("s3")
        if "tagsAll" in changed:
            if inputs.get("tagsAll"):
                s3.put_bucket_tagging(Bucket=old.id, Tagging={"TagSet": tag_list(inputs)})
            else:
                s3.delete_bucket_tagging(Bucket=old.id)
        return old.outputs

    def delete(self, aws: Clients, old: Record) -> None:
        s3 = aws.get("s3")
        # The word of the last run counts, as with the provider: a bucket is not emptied by the change that drops it.
        if old.inputs.get("forceDestroy") is True:
            self._empty(s3, old.id)
        tolerate(GONE, s3.delete_bucket, Bucket=old.id)

    def _empty(self, s3: Any, bucket: str) -> None:
        if (tolerate(GONE, s3.get_bucket_versioning, Bucket=bucket) or {}).get("Status") == "Suspended":
            # The emulator fails on the delete markers of a bucket whose versioning is suspended, and the resource
            # that suspends it when it is deleted goes before the bucket.
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        while True:
            answer = tolerate(GONE, s3.list_object_versions, Bucket=bucket, MaxKeys=BATCH) or {}
            found = answer.get("Versions", []) + answer.get("DeleteMarkers", [])
            if not found:
                return
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found[:BATCH]]
            failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors")
            if failed:
                raise Refused(failed[0].get("Code", "unknown"), f"{failed[0].get('Key')}: {failed[0].get('Message')}")

    def listing(self, aws: Clients) -> frozenset[str]:
        buckets = pages(aws.get("s3").list_buckets, "Buckets", "ContinuationToken")
        return frozenset(bucket["Name"] for bucket in buckets)

    def find(self, aws: Clients, name: str, inputs: Inputs) -> str | None:
        return name if tolerate(GONE, aws.get("s3").head_bucket, Bucket=name) is not None else None
