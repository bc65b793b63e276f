"""Where container images come from, for stacks that may not pull from public registries."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.settings.base import Model

ImageName = Literal["applications", "connect"]

PinnedImage = Annotated[
    str,
    Field(
        # A registry's host, a path, and a tag that is no moving one; a digest may follow, or stand alone.
        pattern=r"^[a-z0-9.-]+(:[0-9]+)?/[a-z0-9._/-]+(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$",
        description="registry/path:tag, registry/path@sha256:digest or both; the tag is not `latest`",
    ),
]


def check_pinned(base: str) -> None:
    """Raises ValueError where the same name may be another image tomorrow."""
    if "@sha256:" not in base and (":" not in base.rpartition("/")[2] or base.endswith(":latest")):
        raise ValueError(f"{base} names no version; add a tag other than latest, or @sha256:<digest>")


class ImageSettings(Model):
    """Bases of the platform's own images; default: those in applications/images/images.yaml."""

    applications_base: PinnedImage | None = Field(default=None, description="a mirror of Confluent's Flink image")
    connect_base: PinnedImage | None = Field(default=None, description="a mirror of a Java 21 runtime")

    @model_validator(mode="after")
    def _bases_do_not_move(self) -> "ImageSettings":
        for base in (self.applications_base, self.connect_base):
            if base:
                check_pinned(base)
        return self

    def base(self, name: ImageName) -> str | None:
        """The base of an image where this stack has its own."""
        return {"applications": self.applications_base, "connect": self.connect_base}[name]
