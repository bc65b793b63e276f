"""An ECR repository for one of the platform's own images."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

# Days. An image without a tag is one that was pushed by hand or overwritten; nothing runs it.
_UNTAGGED_DAYS = 7


def lifecycle_policy(keep_images: int) -> dict[str, Any]:
    """The lifecycle policy that keeps the newest `keep_images` images.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    rules = [
        ("images without a tag", {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": _UNTAGGED_DAYS}),
        ("all but the newest", {"countType": "imageCountMoreThan", "countNumber": keep_images}),
    ]
    return {
        "rules": [
            {
                "rulePriority": priority,
                "description": description,
                # A rule about any tag status must be the last one.
                "selection": {"tagStatus": "untagged" if priority == 1 else "any", **count},
                "action": {"type": "expire"},
            }
            for priority, (description, count) in enumerate(rules, 1)
        ]
    }


@dataclass
class ImageRepositoryArgs:
    """Inputs of `ImageRepository`.

    repository_name: physical name; the last part, behind `/` or `-`, is the image's own name (`applications`,
                     `connect`): by it `streamctl image --push` finds the repository
    kms_key_arn:     customer key for encryption at rest; a repository keeps its first key forever
    tags:            tags
    protect:         True: Pulumi refuses to delete it, and AWS refuses while it holds images
    keep_images:     the newest images that are kept, at least 1. An application goes on with its image after 29 more
                     were pushed; only a node that is new then cannot pull it any more
    """

    repository_name: str
    kms_key_arn: pulumi.Input[str]
    tags: dict[str, str]
    protect: bool = False
    keep_images: int = 30


class ImageRepository(pulumi.ComponentResource):
    """ECR repository with tags that cannot be moved, a scan at each push, a customer key and a lifecycle policy.

    Outputs: url (`<account>.dkr.ecr.<region>.amazonaws.com/<name>`, without tag), arn.
    """

    url: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ImageRepository", name, None, opts)
        repository = aws.ecr.Repository(
            name,
            name=args.repository_name,
            # A tag is a hash of what is in the image: under the same tag there is never anything else (FSBP ECR.2).
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.kms_key_arn)
            ],
            # Images can be built again from the same commit; in production a mistaken destroy stops all the same.
            force_delete=not args.protect,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.ecr.LifecyclePolicy(
            name,
            repository=repository.name,
            policy=json.dumps(lifecycle_policy(args.keep_images)),
            opts=pulumi.ResourceOptions(parent=self, deleted_with=repository),
        )
        self.url = repository.repository_url
        self.arn = repository.arn
        self.register_outputs({"url": self.url, "arn": self.arn})
