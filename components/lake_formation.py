"""Lake Formation's rights on the lakehouse, where IAM alone is not to decide.

Only this bucket is registered and only this database is granted; the account's own settings stay as they are. Roles
keep their IAM policies: Lake Formation decides about the catalog, and who reads S3 by its own rights still needs them.
A principal that is a data lake administrator has everything already and must not be granted anything here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.service_trust import service_trust

WRITER = ("DESCRIBE", "CREATE_TABLE")
"""On the database. Whoever makes a table may do everything with it; the rest is for tables that others made."""

WRITER_TABLES = ("DESCRIBE", "SELECT", "INSERT", "DELETE", "ALTER")
READER = ("DESCRIBE",)
READER_TABLES = ("DESCRIBE", "SELECT")


def registration_policy(bucket_arn: str, key_arn: str) -> dict[str, object]:
    """What Lake Formation does in the place of who it lets in: read and write this bucket."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Objects",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": [f"{bucket_arn}/*"],
            },
            {"Sid": "Bucket", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [bucket_arn]},
            {
                "Sid": "Key",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                "Resource": [key_arn],
            },
        ],
    }


@dataclass
class LakeFormationArgs:
    """Inputs of `LakeFormation`.

    bucket_arn, key_arn, database: Outputs of a `Lakehouse` with `lake_formation=True`
    name_prefix: of the role
    writers:     short name -> ARN of the role of each Flink application
    readers:     short name -> ARN of the role of each reader
    """

    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    database: pulumi.Input[str]
    name_prefix: str
    account_id: str
    tags: dict[str, str]
    writers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


class LakeFormation(pulumi.ComponentResource):
    """Registers the bucket and grants the database to roles. Jobs start after it: `ready` is what they wait for.

    Outputs: role_arn (of the registration).
    """

    role_arn: pulumi.Output[str]

    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: LakeFormationArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:LakeFormation", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Not the service-linked role: it may not use a customer key unless the key's policy names it.
        role = aws.iam.Role(
            name,
            name=f"{args.name_prefix}-lake-formation",
            description="Lake Formation's access to the lakehouse",
            assume_role_policy=json.dumps(service_trust("lakeformation.amazonaws.com", args.account_id)),
            tags=args.tags,
            opts=child,
        )
        rights = aws.iam.RolePolicy(
            name,
            name="lake",
            role=role.name,
            policy=pulumi.Output.all(args.bucket_arn, args.key_arn).apply(
                lambda arns: json.dumps(registration_policy(arns[0], arns[1]))
            ),
            opts=child,
        )
        location = aws.lakeformation.Resource(
            name,
            arn=args.bucket_arn,
            role_arn=role.arn,
            # In hybrid mode IAM would still let in whoever has not been moved over.
            hybrid_access_enabled=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[rights]),
        )
        self._name, self._args, self._location = name, args, location
        self.ready = [location]
        for kind, roles in (("writer", args.writers), ("reader", args.readers)):
            for short, arn in roles.items():
                self.ready += self._grant(f"{name}-{short}", arn, kind == "writer")
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})

    def grant_writer(self, short: str, role_arn: pulumi.Input[str]) -> list[pulumi.Resource]:
        """Let the role of one more writer write, and return what it waits for."""
        return [self._location, *self._grant(f"{self._name}-{short}", role_arn, write=True)]

    def grant_reader(self, short: str, role_arn: pulumi.Input[str]) -> list[pulumi.Resource]:
        """Let the role of one more reader read, and return what it waits for."""
        return [self._location, *self._grant(f"{self._name}-{short}", role_arn, write=False)]

    def _grant(self, name: str, principal: pulumi.Input[str], write: bool) -> list[pulumi.Resource]:
        args, location = self._args, self._location
        opts = pulumi.ResourceOptions(parent=self, depends_on=[location])
        grants: list[pulumi.Resource] = [
            aws.lakeformation.Permissions(
                f"{name}-database",
                principal=principal,
                permissions=list(WRITER if write else READER),
                database=aws.lakeformation.PermissionsDatabaseArgs(name=args.database, catalog_id=args.account_id),
                opts=opts,
            ),
            aws.lakeformation.Permissions(
                f"{name}-tables",
                principal=principal,
                permissions=list(WRITER_TABLES if write else READER_TABLES),
                table=aws.lakeformation.PermissionsTableArgs(
                    database_name=args.database, catalog_id=args.account_id, wildcard=True
                ),
                opts=opts,
            ),
        ]
        if write:
            grants.append(
                aws.lakeformation.Permissions(
                    f"{name}-location",
                    principal=principal,
                    permissions=["DATA_LOCATION_ACCESS"],
                    data_location=aws.lakeformation.PermissionsDataLocationArgs(
                        arn=location.arn, catalog_id=args.account_id
                    ),
                    opts=opts,
                )
            )
        return grants
