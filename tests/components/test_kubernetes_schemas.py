"""The check of manifests refuses what an API server would refuse."""

from typing import Any

import pytest

from tests.components.kubernetes_schemas import check_manifest

NODE_CLASS: dict[str, Any] = {
    "apiVersion": "eks.amazonaws.com/v1",
    "kind": "NodeClass",
    "metadata": {"name": "own"},
    "spec": {
        "role": "role",
        "subnetSelectorTerms": [{"id": "subnet-0a"}],
        "securityGroupSelectorTerms": [{"id": "sg-0a"}],
        # Newer than the schema of 2025-02 in the folder.
        "ephemeralStorage": {"size": "80Gi", "kmsKeyID": "arn:aws:kms:eu-central-1:123456789012:key/k"},
    },
}
CONFIG_MAP: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "c", "labels": {"a": "b"}},
    "data": {"key": "text"},
}
POLICY: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "deny"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
}


@pytest.mark.parametrize("manifest", [NODE_CLASS, CONFIG_MAP, POLICY], ids=lambda one: one["kind"])
def test_a_sound_manifest_passes(manifest):
    check_manifest(manifest)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({**NODE_CLASS, "sepc": {}}, "sepc"),
        ({**NODE_CLASS, "spec": {**NODE_CLASS["spec"], "amiFamily": "x"}}, "amiFamily"),
        ({**NODE_CLASS, "spec": {"role": "role"}}, "subnetSelectorTerms"),
        ({**NODE_CLASS, "metadata": {"name": "own", "label": {}}}, "label"),
        ({**CONFIG_MAP, "data": {"key": 1}}, "1 is not of type"),
        ({**CONFIG_MAP, "date": {}}, "date"),
        ({**POLICY, "spec": {"podSelector": {}, "policyType": []}}, "policyType"),
    ],
    ids=["top", "spec", "missing", "metadata", "number", "built-in", "built-in spec"],
)
def test_a_mistake_is_named(manifest, message: str):
    with pytest.raises(pytest.fail.Exception, match=message):
        check_manifest(manifest)
