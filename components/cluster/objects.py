"""Kubernetes objects from plain manifests."""

import copy
from collections.abc import Mapping
from typing import Any

import pulumi

_SKIP_AWAIT = "pulumi.com/skipAwait"


class KubernetesObject(pulumi.CustomResource):
    """One object of any kind, built in or custom, from its manifest.

    The typed classes of `pulumi_kubernetes` name every field once more; a manifest is what Kubernetes' own
    documentation and schemas speak, and what a test validates. Pulumi's provider sees the same resource either way.
    The content of a Secret is secret, whether its values were marked or not.

    name:     logical name within Pulumi
    manifest: the object as YAML would have it; values may be Outputs, `metadata.name` is set
    wait:     False: `pulumi up` does not wait until the object is ready
    """

    def __init__(
        self, name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None, wait: bool = True
    ):
        properties = copy.copy(dict(manifest))
        if not wait:
            metadata = dict(properties["metadata"])
            metadata["annotations"] = {**metadata.get("annotations", {}), _SKIP_AWAIT: "true"}
            properties["metadata"] = metadata
        if (properties["apiVersion"], properties["kind"]) == ("v1", "Secret"):
            for key in ("data", "stringData"):
                if key in properties:
                    properties[key] = pulumi.Output.secret(properties[key])
        super().__init__(type_token(properties["apiVersion"], properties["kind"]), name, properties, opts)


def type_token(api_version: str, kind: str) -> str:
    """The Pulumi type of a Kubernetes kind: `apps/v1`, `Deployment` -> `kubernetes:apps/v1:Deployment`."""
    return f"kubernetes:{'core/' if '/' not in api_version else ''}{api_version}:{kind}"
