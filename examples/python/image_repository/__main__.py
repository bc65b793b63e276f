"""An ECR repository whose tags cannot be moved."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.image_repository import ImageRepository, ImageRepositoryArgs
from examples.python.shared import PREFIX, TAGS, key_arn, on_aws

repository = ImageRepository(
    "applications",
    ImageRepositoryArgs(
        repository_name=f"{PREFIX}/applications",
        kms_key_arn=key_arn(),
        tags=TAGS,
        keep_images=50,
    ),
    opts=on_aws(),
)

pulumi.export("url", repository.url)
