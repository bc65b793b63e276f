"""KMS keys, and the registries of container images."""

from collections.abc import Iterator

from policies.customer_keys import key_problem
from policies.framework import Resource, Stack, policy, stack_policy

KEY = "aws:kms/key:Key"
REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"


@policy(
    "kms-rotation",
    types=(KEY,),
    severity="medium",
    controls=("CIS AWS v5.0.0 3.6", "AWS Security Hub KMS.4", "PCI DSS 3.7.4", "SOC 2 CC6.1"),
    reason="One key over years encrypts more and more, and is worth more and more to whoever gets it.",
    remedy="Set enableKeyRotation to true; rotationPeriodInDays at most 365.",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    # Old data stays readable: AWS keeps the former key material.
    remediate=lambda resource: {"enableKeyRotation": True, "rotationPeriodInDays": 365},
)
def rotation(resource: Resource) -> Iterator[str]:
    """AWS rotates symmetric keys for encryption only, and none from a key store of your own."""
    symmetric = resource.value("customerMasterKeySpec", default="SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    usage = resource.value("keyUsage", default="ENCRYPT_DECRYPT")
    if not symmetric or usage != "ENCRYPT_DECRYPT" or "customKeyStoreId" in resource.props:
        return
    if not resource.value("enableKeyRotation", default=False):
        yield "rotation is off"
    elif (days := resource.value("rotationPeriodInDays", default=365)) > 365:
        yield f"rotation every {days} days"


@policy(
    "kms-deletion-window",
    types=(KEY,),
    severity="high",
    controls=("AWS FSBP KMS.3", "PCI DSS 3.6.1", "SOC 2 A1.2"),
    reason="After the window everything under the key is unreadable for ever; a week is over before it is missed.",
    remedy="Leave deletionWindowInDays out or set it to 30 (lakehouse.key_deletion_days).",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    config={"least_days": {"type": "integer", "default": 30, "description": "least days in production"}},
)
def deletion_window(resource: Resource) -> Iterator[str]:
    days = resource.value("deletionWindowInDays", default=30)
    if resource.production and days < resource.config["least_days"]:
        yield f"{days} days between deletion and end of a production key"


@policy(
    "ecr-immutable-tags",
    types=(REPOSITORY,),
    severity="high",
    controls=("AWS FSBP ECR.2", "PCI DSS 6.5.1", "SOC 2 CC8.1"),
    reason="What was tested under a tag and what runs under it tomorrow need not be the same image.",
    remedy="Set imageTagMutability to IMMUTABLE.",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
)
def immutable_tags(resource: Resource) -> Iterator[str]:
    found = resource.value("imageTagMutability", default="MUTABLE")
    if found != "IMMUTABLE":
        yield f"tags are {found}"


@policy(
    "ecr-scanned",
    types=(REPOSITORY,),
    severity="medium",
    controls=("CIS EKS 5.1.1", "AWS FSBP ECR.1", "PCI DSS 6.3.1", "PCI DSS 11.3.1", "SOC 2 CC7.1"),
    reason="Known holes in connectors and base images go to production unseen.",
    remedy="Set imageScanningConfiguration.scanOnPush to true.",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html",
    remediate=lambda resource: {"imageScanningConfiguration": {"scanOnPush": True}},
)
def scanned(resource: Resource) -> Iterator[str]:
    if not resource.value("imageScanningConfiguration", "scanOnPush", default=False):
        yield "images are not scanned"


@stack_policy(
    "ecr-customer-key",
    types=(REPOSITORY,),
    severity="low",
    controls=("AWS Security Hub ECR.5", "PCI DSS 3.5.1", "SOC 2 CC6.1"),
    reason="Images hold the code of the applications; encryption with another key later replaces the repository.",
    remedy="Set encryptionConfigurations: encryptionType KMS with kmsKey.",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html",
)
def images_customer_key(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for repository in stack.of(REPOSITORY):
        with stack.judging(repository):
            kind = repository.value("encryptionConfigurations", 0, "encryptionType", default="AES256")
            if not str(kind).startswith("KMS"):
                yield repository, f"images are encrypted with {kind}"
            elif problem := key_problem(stack, repository, "encryptionConfigurations", 0, "kmsKey"):
                yield repository, problem


@stack_policy(
    "ecr-lifecycle",
    types=(REPOSITORY,),
    severity="low",
    controls=("AWS FSBP ECR.3", "SOC 2 C1.2"),
    reason="Every image that CI ever built is paid for, and old ones with known holes can still be started.",
    remedy="Add a LifecyclePolicy for the repository.",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
)
def images_lifecycle(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for repository in stack.of(REPOSITORY):
        with stack.judging(repository):
            if not any(_is_about(stack, rule, repository) for rule in stack.of(LIFECYCLE)):
                yield repository, "no lifecycle policy"


def _is_about(stack: Stack, rule: Resource, repository: Resource) -> bool:
    named = {one for one in stack.names(rule, "repository") if one.type == REPOSITORY}
    return repository in named if named else rule.value("repository") == repository.value("name")


@policy(
    "ecr-no-force-delete",
    types=(REPOSITORY,),
    severity="medium",
    controls=("SOC 2 A1.2", "SOC 2 CC8.1"),
    reason="A mistaken destroy deletes the images that production pods pull when they move to another node.",
    remedy="Leave forceDelete out; this platform sets it outside the environment prod only.",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-delete.html",
)
def no_force_delete(resource: Resource) -> Iterator[str]:
    if resource.production and resource.value("forceDelete", default=False):
        yield "a destroy deletes the images of a production repository"
