"""IAM policies."""

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

GONE = ("NoSuchEntity",)
# IAM keeps this many versions of a policy and refuses one more.
VERSIONS = 5


class Policy(Handler):
    """aws.iam.Policy. Its id is its ARN; a changed document becomes its new default version."""

    token = "aws:iam/policy:Policy"  # noqa: S105
    settable = frozenset(
        {"delayAfterPolicyCreationInMs", "description", "name", "namePrefix", "path", "policy", "tags"}
    )
    replaces = frozenset({"description", "name", "namePrefix", "path"})
    name_key = "name"
    prefix_key = "namePrefix"
    documents = frozenset({"policy"})
    defaults = {"description": "", "path": "/", "attachmentCount": 0}  # noqa: RUF012
    regional = False

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        policy = aws.get("iam").create_policy(
            PolicyName=inputs["name"],
            PolicyDocument=document(inputs.get("policy")),
            **present(inputs, Description="description", Path="path"),
            Tags=tag_list(inputs),
        )["Policy"]
        return policy["Arn"], {"arn": policy["Arn"], "policyId": policy["PolicyId"]}

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        iam, arn = aws.get("iam"), old.id
        if "policy" in changed:
            spare = self._spare_versions(aws, arn)
            if len(spare) + 1 >= VERSIONS:
                iam.delete_policy_version(PolicyArn=arn, VersionId=spare[0])
            text = document(inputs.get("policy"))
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
        if "tagsAll" in changed:
            existing = iam.list_policy_tags(PolicyArn=arn).get("Tags", [])
            if obsolete := obsolete_tags(existing, inputs):
                iam.untag_policy(PolicyArn=arn, TagKeys=obsolete)
            if inputs.get("tagsAll"):
                iam.tag_policy(PolicyArn=arn, Tags=tag_list(inputs))
        return old.outputs

    def _spare_versions(self, aws: Clients, arn: str) -> list[str]:
        """The versions that are not the default one, oldest first."""
        found = (tolerate(GONE, aws.get("iam").list_policy_versions, PolicyArn=arn) or {}).get("Versions", [])
        spare = [version["VersionId"] for version in found if not version["IsDefaultVersion"]]
        return sorted(spare, key=lambda version: int(version.lstrip("v")))

    def delete(self, aws: Clients, old: Record) -> None:
        iam = aws.get("iam")
        for version in self._spare_versions(aws, old.id):
            iam.delete_policy_version(PolicyArn=old.id, VersionId=version)
        tolerate(GONE, iam.delete_policy, PolicyArn=old.id)

    def listing(self, aws: Clients) -> frozenset[str]:
        # Without the scope AWS' own policies would come along, more than a thousand.
        def call(**token: str) -> dict:
            return aws.get("iam").list_policies(Scope="Local", **token)

        return frozenset(policy["Arn"] for policy in pages(call, "Policies", "Marker"))

    def find(self, aws: Clients, name: str, inputs: Inputs) -> str | None:
        return next((arn for arn in self.listing(aws) if arn.rsplit("/", 1)[1] == name), None)
