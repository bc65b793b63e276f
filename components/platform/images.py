"""The images of the stack and the registry that holds them."""

from dataclasses import dataclass

import pulumi

from components.flink.image import image_tag
from components.image_repository import ImageRepository, ImageRepositoryArgs
from components.naming import Naming
from components.settings import Settings
from components.settings.images import ImageName


@dataclass(frozen=True)
class PlatformImages:
    """References with tags, and the repositories: applications (Flink), connect (Kafka Connect and the topics job)."""

    applications: pulumi.Output[str]
    connect: pulumi.Output[str]
    exports: dict[str, pulumi.Output[str]]


def images_of(
    settings: Settings, naming: Naming, key_arn: pulumi.Input[str], child: pulumi.ResourceOptions
) -> PlatformImages:
    """One repository for each image. The tags are known before `streamctl image` builds what they stand for."""

    def reference(name: ImageName) -> pulumi.Output[str]:
        repository = ImageRepository(
            f"image-{name}",
            ImageRepositoryArgs(
                repository_name=naming.name(name),
                kms_key_arn=key_arn,
                tags=naming.tags("images"),
                protect=settings.protect,
            ),
            opts=child,
        )
        return pulumi.Output.concat(repository.url, ":", image_tag(name, settings.images.base(name)))

    applications, connect = reference("applications"), reference("connect")
    return PlatformImages(applications, connect, {"applications": applications, "connect": connect})
