"""Clients of MSK with certificates: a listener alone lets nobody in, because nothing is allowed without an ACL."""

import json

from components.settings import PROJECT
from operations.plan.evaluate import synthesise
from operations.plan.stack_file import StackConfig, load_stack
from tests.components.plans import manifests, of_type

AUTHORITY = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555"
SUBJECT = "CN=billing,OU=it,O=example"


def test_a_certificate_may_do_what_other_outside_clients_may():
    config = load_stack("dev-msk")
    kafka = json.loads(config.values[f"{PROJECT}:kafka"]) | {
        "authentication": ["iam", "scram", "mtls"],
        "certificate_authority_arns": [AUTHORITY],
        "mtls_clients": [SUBJECT],
    }
    plan = synthesise(StackConfig("dev-msk", {**config.values, f"{PROJECT}:kafka": json.dumps(kafka)}, config.secrets))
    (cluster,) = of_type(plan, "aws:msk/cluster:Cluster")
    assert cluster["inputs"]["clientAuthentication"]["tls"]["certificateAuthorityArns"] == [AUTHORITY]
    (topics,) = [m for _, m in manifests(plan) if m["kind"] == "ConfigMap" and "topics.json" in m.get("data", {})]
    acls = json.loads(topics["data"]["topics.json"])["acls"]

    def rights(principal: str) -> set[tuple[str, str, str]]:
        return {(a["operation"], a["resource"], a["name"]) for a in acls if a["principal"] == f"User:{principal}"}

    assert rights(SUBJECT) == rights("clients")
    assert ("Read", "topic", "telematics.events") in rights(SUBJECT)
