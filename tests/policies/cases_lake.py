"""Cases of the policies about S3, Glue, KMS and ECR."""

import json
from collections.abc import Sequence

from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.changes import become, drop, put

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PUBLIC = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OWNER = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
VERSIONS = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
OPTIMIZER = "aws:glue/catalogTableOptimizer:CatalogTableOptimizer"
CATALOG = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
KEY, KEY_ARN = "aws:kms/key:Key", "arn:aws:kms:eu-west-1:123456789012:key/1"
REPOSITORY, IMAGES = "aws:ecr/repository:Repository", "aws:ecr/lifecyclePolicy:LifecyclePolicy"

CLOSED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
LAKE = Given(BUCKET, "lake", {"bucket": "lake"})


def with_setting(type_: str, *settings: dict[str, object], bucket: Given = LAKE) -> Sequence[Given]:
    """A bucket with settings that depend on it."""
    refers = {"bucket": [bucket.name]}
    return [bucket, *(Given(type_, f"setting-{number}", one, refers) for number, one in enumerate(settings))]


def by_name(type_: str, setting: dict[str, object], name: str = "lake") -> Sequence[Given]:
    """A bucket with a setting that only has its name."""
    return [LAKE, Given(type_, "setting", {"bucket": name, **setting})]


def document(*statements: dict[str, object]) -> dict[str, object]:
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


NO_HTTP: dict[str, object] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
LOGS: dict[str, object] = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::lake/AWSLogs/*",
}
READ: dict[str, object] = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::lake/*",
}
ABORT: dict[str, object] = {"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3}}
OLD: dict[str, object] = {"status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 7}}
EXPIRE: dict[str, object] = {"status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 90}}
ENABLED: dict[str, object] = {"versioningConfiguration": {"status": "Enabled"}}


def encrypted(algorithm: object, key: object = None, bucket_key: bool = True) -> dict[str, object]:
    by_default = {"sseAlgorithm": algorithm, **({"kmsMasterKeyId": key} if key else {})}
    return {"rules": [{"applyServerSideEncryptionByDefault": by_default, "bucketKeyEnabled": bucket_key}]}


def optimizer(kind: str, **configuration: object) -> dict[str, object]:
    return {"type": kind, "configuration": configuration}


def catalog(mode: object = "SSE-KMS", key: object = KEY_ARN, passwords: object = True) -> dict[str, object]:
    return {
        "dataCatalogEncryptionSettings": {
            "encryptionAtRest": {"catalogEncryptionMode": mode, "sseAwsKmsKeyId": key},
            "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": passwords},
        }
    }


def images(kind: object, key: object = None) -> dict[str, object]:
    return {"encryptionConfigurations": [{"encryptionType": kind, "kmsKey": key}]}


CASES = [
    Case(
        "s3-public-access-blocked",
        good=[with_setting(PUBLIC, {**CLOSED}), by_name(PUBLIC, {**CLOSED})],
        bad=[
            [LAKE],
            with_setting(PUBLIC, {}),
            with_setting(PUBLIC, {**CLOSED, "restrictPublicBuckets": False}),
            by_name(PUBLIC, {**CLOSED}, "another"),
        ],
        unknown=with_setting(PUBLIC, {**CLOSED, "blockPublicAcls": UNKNOWN}),
    ),
    Case("s3-public-access-blocked", good=[with_setting(PUBLIC, {**CLOSED})], unknown=by_name(PUBLIC, {}, UNKNOWN)),
    Case(
        "s3-tls-only",
        good=[
            with_setting(POLICY, document(LOGS, NO_HTTP)),
            with_setting(POLICY, document({**NO_HTTP, "Condition": {"Bool": {"aws:SecureTransport": False}}})),
            with_setting(POLICY, document({**NO_HTTP, "Principal": {"AWS": "*"}, "Resource": "*"})),
        ],
        bad=[
            [LAKE],
            with_setting(POLICY, document(LOGS)),
            with_setting(POLICY, document({**NO_HTTP, "Effect": "Allow"})),
            with_setting(POLICY, document({**NO_HTTP, "Action": "s3:GetObject"})),
            with_setting(POLICY, document({**NO_HTTP, "Resource": "arn:aws:s3:::lake/*"})),
            with_setting(POLICY, document({**NO_HTTP, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})),
        ],
        unknown=with_setting(POLICY, {"policy": UNKNOWN}),
    ),
    Case(
        "s3-customer-key",
        good=[
            with_setting(ENCRYPTION, encrypted("aws:kms", KEY_ARN)),
            [
                Given(KEY, "key"),
                LAKE,
                Given(ENCRYPTION, "setting", encrypted("aws:kms", UNKNOWN), {"bucket": ["lake"], "rules": ["key"]}),
            ],
            [
                *with_setting(ENCRYPTION, encrypted("AES256")),
                Given(POLICY, "logs", document(LOGS), {"bucket": ["lake"]}),
            ],
        ],
        bad=[
            [LAKE],
            with_setting(ENCRYPTION, encrypted("AES256")),
            with_setting(ENCRYPTION, encrypted("aws:kms")),
            with_setting(ENCRYPTION, encrypted("aws:kms", "arn:aws:kms:eu-west-1:123456789012:alias/aws/s3")),
        ],
        unknown=with_setting(ENCRYPTION, encrypted("aws:kms", UNKNOWN)),
    ),
    Case(
        "s3-bucket-key",
        type=ENCRYPTION,
        good=[encrypted("aws:kms", UNKNOWN), encrypted("AES256", bucket_key=False)],
        bad=[encrypted("aws:kms", KEY_ARN, bucket_key=False)],
        unknown=encrypted(UNKNOWN),
    ),
    Case(
        "s3-versioned",
        good=[
            with_setting(VERSIONS, ENABLED),
            [Given(BUCKET, "state", {"bucket": "state", "tags": {"component": "flink"}})],
            with_setting(LIFECYCLE, {"rules": [EXPIRE]}),
        ],
        bad=[
            [LAKE],
            with_setting(VERSIONS, {"versioningConfiguration": {"status": "Suspended"}}),
            with_setting(LIFECYCLE, {"rules": [{**EXPIRE, "filter": {"prefix": "logs/"}}]}),
            with_setting(LIFECYCLE, {"rules": [{**EXPIRE, "status": "Disabled"}]}),
        ],
        unknown=with_setting(VERSIONS, {"versioningConfiguration": {"status": UNKNOWN}}),
    ),
    Case(
        "s3-versioned",
        config={"rebuilt": []},
        good=[with_setting(VERSIONS, ENABLED)],
        bad=[[Given(BUCKET, "state", {"bucket": "state", "tags": {"component": "flink"}})]],
    ),
    Case(
        "s3-access-logged",
        production=True,
        good=[
            with_setting(LOGGING, {"targetBucket": UNKNOWN}),
            [Given(BUCKET, "state", {"bucket": "state", "tags": {"component": "flink"}})],
            with_setting(LIFECYCLE, {"rules": [EXPIRE]}),
        ],
        bad=[[LAKE], with_setting(LOGGING, {})],
        unknown=by_name(LOGGING, {"targetBucket": "logs"}, UNKNOWN),
    ),
    Case("s3-access-logged", good=[[LAKE]]),
    Case("s3-access-logged", production=True, config={"trail": "arn:aws:cloudtrail:..."}, good=[[LAKE]]),
    Case(
        "s3-lifecycle",
        good=[
            with_setting(LIFECYCLE, {"rules": [ABORT]}),
            [*with_setting(LIFECYCLE, {"rules": [ABORT, OLD]}), Given(VERSIONS, "old", ENABLED, {"bucket": ["lake"]})],
        ],
        bad=[
            [LAKE],
            with_setting(LIFECYCLE, {"rules": [{**ABORT, "status": "Disabled"}]}),
            with_setting(LIFECYCLE, {"rules": [{**ABORT, "filter": {"prefix": "tmp/"}}]}),
            [*with_setting(LIFECYCLE, {"rules": [ABORT]}), Given(VERSIONS, "old", ENABLED, {"bucket": ["lake"]})],
        ],
        unknown=with_setting(LIFECYCLE, {"rules": UNKNOWN}),
    ),
    Case(
        "s3-owner-enforced",
        good=[with_setting(OWNER, {"rule": {"objectOwnership": "BucketOwnerEnforced"}})],
        bad=[[LAKE], with_setting(OWNER, {"rule": {"objectOwnership": "ObjectWriter"}})],
        unknown=with_setting(OWNER, {"rule": {"objectOwnership": UNKNOWN}}),
    ),
    Case(
        "s3-no-force-destroy",
        type=BUCKET,
        production=True,
        good=[{}, {"forceDestroy": False}],
        bad=[{"forceDestroy": True}, Given("aws:s3/bucketV2:BucketV2", props={"forceDestroy": True})],
        unknown={"forceDestroy": UNKNOWN},
    ),
    Case("s3-no-force-destroy", type=BUCKET, good=[{"forceDestroy": True}]),
    Case(
        "s3-policy-closed",
        type=POLICY,
        good=[
            document(NO_HTTP, LOGS),
            document({**READ, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
            document({**READ, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}),
        ],
        bad=[
            document(READ),
            document({**READ, "Principal": {"AWS": "*"}}),
            document({**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        ],
        unknown={"policy": UNKNOWN},
    ),
    Case(
        "glue-database-location",
        type=DATABASE,
        good=[{"locationUri": "s3://lake/warehouse"}],
        bad=[{}, {"locationUri": "hdfs://somewhere"}],
        unknown={"locationUri": UNKNOWN},
    ),
    Case(
        "glue-table-permissions",
        type=DATABASE,
        good=[{"createTableDefaultPermissions": [{"permissions": []}]}],
        bad=[{}, {"createTableDefaultPermissions": []}],
        unknown={"createTableDefaultPermissions": UNKNOWN},
    ),
    Case(
        "glue-optimizer-keeps-files",
        type=OPTIMIZER,
        good=[
            optimizer("compaction"),
            optimizer("orphan_file_deletion"),
            optimizer(
                "retention", retentionConfiguration={"icebergConfiguration": {"snapshotRetentionPeriodInDays": 5}}
            ),
        ],
        bad=[
            optimizer(
                "retention", retentionConfiguration={"icebergConfiguration": {"snapshotRetentionPeriodInDays": 1}}
            ),
            optimizer(
                "orphan_file_deletion",
                orphanFileDeletionConfiguration={"icebergConfiguration": {"orphanFileRetentionPeriodInDays": 1}},
            ),
        ],
        unknown=optimizer("retention", retentionConfiguration=UNKNOWN),
    ),
    Case(
        "glue-catalog-encrypted",
        type=CATALOG,
        good=[
            catalog(),
            catalog("SSE-KMS-WITH-SERVICE-ROLE"),
            [
                Given(KEY, "key"),
                Given(CATALOG, "catalog", catalog(key=UNKNOWN), {"dataCatalogEncryptionSettings": ["key"]}),
            ],
        ],
        bad=[{}, catalog("DISABLED"), catalog(key=""), catalog(passwords=False)],
        unknown=catalog(key=UNKNOWN),
    ),
    Case(
        "kms-rotation",
        type=KEY,
        good=[
            {"enableKeyRotation": True},
            {"enableKeyRotation": True, "rotationPeriodInDays": 90},
            {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"},
        ],
        bad=[{}, {"enableKeyRotation": False}, {"enableKeyRotation": True, "rotationPeriodInDays": 730}],
        unknown={"enableKeyRotation": UNKNOWN},
    ),
    Case(
        "kms-deletion-window",
        type=KEY,
        production=True,
        good=[{}, {"deletionWindowInDays": 30}],
        bad=[{"deletionWindowInDays": 7}],
        unknown={"deletionWindowInDays": UNKNOWN},
    ),
    Case("kms-deletion-window", type=KEY, good=[{"deletionWindowInDays": 7}]),
    Case(
        "ecr-immutable-tags",
        type=REPOSITORY,
        good=[{"imageTagMutability": "IMMUTABLE"}],
        bad=[{}, {"imageTagMutability": "MUTABLE"}],
        unknown={"imageTagMutability": UNKNOWN},
    ),
    Case(
        "ecr-scanned",
        type=REPOSITORY,
        good=[{"imageScanningConfiguration": {"scanOnPush": True}}],
        bad=[{}, {"imageScanningConfiguration": {"scanOnPush": False}}],
        unknown={"imageScanningConfiguration": UNKNOWN},
    ),
    Case(
        "ecr-customer-key",
        type=REPOSITORY,
        good=[
            images("KMS", KEY_ARN),
            [Given(KEY, "key"), Given(REPOSITORY, "it", images("KMS", UNKNOWN), {"encryptionConfigurations": ["key"]})],
        ],
        bad=[{}, images("AES256"), images("KMS")],
        unknown=images("KMS", UNKNOWN),
    ),
    Case(
        "ecr-lifecycle",
        good=[
            [Given(REPOSITORY, "images", {"name": UNKNOWN}), Given(IMAGES, "rule", {}, {"repository": ["images"]})],
            [Given(REPOSITORY, "images", {"name": "claims"}), Given(IMAGES, "rule", {"repository": "claims"})],
        ],
        bad=[
            [Given(REPOSITORY, "images", {"name": "claims"})],
            [Given(REPOSITORY, "images", {"name": "claims"}), Given(IMAGES, "rule", {"repository": "other"})],
        ],
        unknown=[Given(REPOSITORY, "images", {"name": UNKNOWN}), Given(IMAGES, "rule", {"repository": "claims"})],
    ),
    Case(
        "ecr-no-force-delete",
        type=REPOSITORY,
        production=True,
        good=[{}, {"forceDelete": False}],
        bad=[{"forceDelete": True}],
        unknown={"forceDelete": UNKNOWN},
    ),
    Case("ecr-no-force-delete", type=REPOSITORY, good=[{"forceDelete": True}]),
]

LAKE_BUCKET = "*::lakehouse-bucket"


def statement_added(statement: dict[str, object]):
    def change(props):
        found = json.loads(props["policy"])
        return {**props, "policy": json.dumps({**found, "Statement": [*found["Statement"], statement]})}

    return change


def of(type_: str) -> str:
    """The lake's own setting of a type."""
    return f"*{type_}::lakehouse-bucket"


DEFAULT = ("rules", 0, "applyServerSideEncryptionByDefault")

PLANTS = [
    Plant("s3-public-access-blocked", where=of(PUBLIC), change=put("blockPublicPolicy", to=False)),
    Plant("s3-public-access-blocked", "existing-cluster", of(PUBLIC), remove=True),
    Plant("s3-tls-only", where=of(POLICY), remove=True),
    Plant("s3-customer-key", where=of(ENCRYPTION), change=put(*DEFAULT, "sseAlgorithm", to="AES256")),
    Plant("s3-bucket-key", where=of(ENCRYPTION), change=put("rules", 0, "bucketKeyEnabled", to=False)),
    Plant("s3-versioned", where=of(VERSIONS), change=put("versioningConfiguration", "status", to="Suspended")),
    Plant(
        "s3-access-logged",
        "prod-msk",
        f"*{BUCKET}::artifacts",
        change=put("tags", "component", to="lakehouse"),
        also=("s3-versioned",),
    ),
    Plant("s3-lifecycle", "local", of(LIFECYCLE), drop("rules", 1)),
    Plant("s3-owner-enforced", where=of(OWNER), change=put("rule", "objectOwnership", to="ObjectWriter")),
    Plant("s3-no-force-destroy", "prod-msk", of(BUCKET), put("forceDestroy", to=True)),
    Plant("s3-policy-closed", where=of(POLICY), change=statement_added(READ)),
    Plant("glue-database-location", where=DATABASE, change=drop("locationUri")),
    Plant("glue-table-permissions", where=DATABASE, change=drop("createTableDefaultPermissions")),
    Plant(
        "glue-optimizer-keeps-files",
        where=DATABASE,
        record=become(
            OPTIMIZER,
            optimizer(
                "orphan_file_deletion",
                orphanFileDeletionConfiguration={"icebergConfiguration": {"orphanFileRetentionPeriodInDays": 1}},
            ),
        ),
    ),
    Plant("glue-catalog-encrypted", where=DATABASE, record=become(CATALOG, catalog("DISABLED"))),
    Plant("kms-rotation", where=KEY, change=put("enableKeyRotation", to=False)),
    Plant("kms-deletion-window", "prod-msk", KEY, put("deletionWindowInDays", to=7)),
    Plant("ecr-immutable-tags", where=REPOSITORY, change=put("imageTagMutability", to="MUTABLE")),
    Plant("ecr-scanned", where=REPOSITORY, change=drop("imageScanningConfiguration")),
    Plant("ecr-customer-key", where=REPOSITORY, change=drop("encryptionConfigurations")),
    Plant("ecr-lifecycle", where=IMAGES, remove=True),
    Plant("ecr-no-force-delete", "prod-msk", REPOSITORY, put("forceDelete", to=True)),
]
