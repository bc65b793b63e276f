"""The check of manifests refuses what an API server would refuse."""

from typing import Any

import pytest

from tests.components.kubernetes_schemas import CMF_API, check_manifest, schema_file

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


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ((), "git clone --depth 1 https://github.com/datreeio/CRDs-catalog"),
        (("acme.example", "thing_v1.json"), "https://github.com/datreeio/CRDs-catalog has it"),
        (CMF_API, "openapi.yaml of https://github.com/confluentinc/cmf-sdk-go"),
    ],
)
def test_what_is_missing_is_named_with_where_to_get_it(tmp_path, monkeypatch, path, remedy):
    monkeypatch.setenv("STREAMING_SCHEMAS", str(tmp_path if path else tmp_path / "none"))
    with pytest.raises(pytest.skip.Exception) as skipped:
        schema_file(*path)
    assert remedy in str(skipped.value)
    assert "STREAMING_SCHEMAS" in str(skipped.value)
    assert str(tmp_path) not in str(skipped.value)
