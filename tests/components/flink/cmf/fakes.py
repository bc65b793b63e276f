"""A cluster for tests of what runs on one, and what they share."""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.application import Application, load_application
from components.cluster.contract import ClusterAccess, NodeRole, Placement, ServiceAccountIdentity
from components.flink.cmf.certificates import CmfCertificates, CmfCertificatesArgs
from components.flink.cmf.environment import CmfFlink, CmfFlinkArgs
from components.flink.cmf.manager import ConfluentManager, ConfluentManagerArgs
from components.flink.cmf.manager_values import Authentication
from components.flink.cmf.operators import FlinkOperators, FlinkOperatorsArgs
from components.flink.cmf.settings import ApplicationSettings
from components.flink.contract import LakeAccess
from components.kafka.contract import GrantedAccess, KafkaAccess, SchemaRegistryAccess
from components.postgres import DatabaseLogin
from operations.plan.evaluate import evaluate
from operations.plan.recorder import Recorder
from operations.plan.stack_file import StackConfig
from operations.plan.values import is_secret

ROOT = Path(__file__).parents[4]
LOGIN = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="claims" password="geheim";'
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class FakeCluster:
    """A cluster with one node, named like EKS' own placements."""

    def __init__(self, annotations: Mapping[str, str] | None = None, platform: Placement | None = None):
        self.asked: dict[str, tuple[str, str, dict[str, Any]]] = {}
        self._annotations = annotations or {}
        self.node = pulumi.CustomResource("kubernetes:karpenter.sh/v1:NodePool", "nodes", {})
        taint = {"key": "role", "operator": "Equal", "value": "taskmanager", "effect": "NoSchedule"}
        self.access = ClusterAccess(
            "fake",
            kubernetes.Provider("fake", kubeconfig="{}"),
            None,
            {
                NodeRole.PLATFORM: platform or Placement({"role": "platform"}),
                NodeRole.JOB_MANAGER: Placement({"role": "jobmanager"}),
                NodeRole.TASK_MANAGER: Placement({"role": "taskmanager"}, [taint]),
            },
            ready=[self.node],
        )

    def identity(
        self,
        name: str,
        namespace: str,
        service_account: str,
        policy_arns: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> ServiceAccountIdentity:
        self.asked[service_account] = (name, namespace, dict(policy_arns))
        association = pulumi.CustomResource("aws:eks/podIdentityAssociation:PodIdentityAssociation", name, {}, opts)
        return ServiceAccountIdentity("arn:aws:iam::123456789012:role/x", self._annotations, ready=[association])


MTLS = Authentication("mtls", ["platform-admin"])
OAUTH = Authentication(
    "oauth",
    ["alice", "group:flink-admins"],
    issuer="https://id.example.com",
    jwks_url="https://id.example.com/jwks",
    token_url="https://id.example.com/token",
    audience="cmf",
    subject_claim="client_id",
    operator_subject="cfk",
)


def database() -> DatabaseLogin:
    return DatabaseLogin(
        host="db.example.com", port=5432, database="cmf", user="cmf", password=pulumi.Output.secret("geheim")
    )


def kafka() -> GrantedAccess:
    registry = SchemaRegistryAccess("http://sr:8081")
    access = KafkaAccess(
        "msk", "b1:9096", "SASL_SSL", "SCRAM-SHA-512", pulumi.Output.secret(LOGIN), schema_registry=registry
    )
    acl = pulumi.CustomResource("aws:secretsmanager/secret:Secret", "scram-claims", {})
    return GrantedAccess(access, {"kafka": "arn:aws:iam::123456789012:policy/kafka"}, ready=[acl])


def lake() -> LakeAccess:
    return LakeAccess(
        "lake", "s3://lake/warehouse", "eu-west-1", writer_policy_arn="arn:aws:iam::123456789012:policy/lake"
    )


def application(name: str = "claims") -> Application:
    return load_application(ROOT / "applications" / name)


def platform(
    authentication: Authentication = MTLS,
    paused: bool = False,
    settings: ApplicationSettings | None = None,
    cluster: FakeCluster | None = None,
) -> tuple[FakeCluster, CmfFlink]:
    """Everything from the operators to two applications, as the platform wires it."""
    cluster = cluster or FakeCluster()
    operators = FlinkOperators("flink", FlinkOperatorsArgs(cluster.access, "platform", ["streaming"], paused=paused))
    certificates = CmfCertificates(
        "certificates",
        CmfCertificatesArgs(
            cluster.access,
            "platform",
            authentication.administrators if authentication.kind == "mtls" else (),
            ["cmf.example.com"],
            operators.certificates_ready,
        ),
    )
    manager = ConfluentManager(
        "cmf",
        ConfluentManagerArgs(
            cluster,
            "platform",
            database(),
            authentication,
            policy_arns={"lake": "arn:aws:iam::123456789012:policy/lake"},
            oauth_client_id="id" if authentication.kind == "oauth" else None,
            oauth_client_secret="geheim" if authentication.kind == "oauth" else None,
            protect=True,
            paused=paused,
            needs=[*operators.ready, *certificates.ready],
        ),
    )
    flink = CmfFlink(
        "streaming",
        CmfFlinkArgs(
            cluster,
            "platform",
            manager.url_in_cluster,
            manager.authentication,
            manager.tls,
            "streaming",
            "state-bucket",
            "arn:aws:iam::123456789012:policy/state",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/applications:0123456789abcdef",
            defaults=settings or ApplicationSettings(),
            namespace_ready=list(operators.environments.values()),
            manager_ready=[*manager.ready, *operators.ready],
        ),
    )
    flink.run(application(), kafka(), lake())
    return cluster, flink


class Declared:
    """What a program declared, with values that are known as they would be after an `up`."""

    def __init__(self, program: Callable[[], Any]):
        generated = {
            "random:index/randomBytes:RandomBytes": {"base64": KEY, "hex": base64.b64decode(KEY).hex()},
            "random:index/randomPassword:RandomPassword": {"result": "geheim"},
            "tls:index/privateKey:PrivateKey": {"privateKeyPem": "geheim", "publicKeyPem": "public"},
        }

        def supply(urn: str, kind: str, name: str, inputs: dict[str, Any], _: list[str]) -> tuple[str, dict[str, Any]]:
            self.inputs[f"{kind.rpartition(':')[2]} {name}"] = inputs
            return name, generated.get(kind, {})

        self.inputs: dict[str, dict[str, Any]] = {}
        config = StackConfig("test", {"streaming-platform:aws": '{"account_id": "123456789012"}'}, ())
        recorder = evaluate(
            config, Recorder("streaming-platform", "test", supply), preview=False, program=lambda: program() and None
        )
        self.resources = {
            f"{r['type'].rpartition(':')[2]} {r['urn'].rpartition('::')[2]}": r for r in recorder.plan().resources
        }
        self._by_urn = {r["urn"]: key for key, r in self.resources.items()}

    def manifests(self) -> dict[str, dict[str, Any]]:
        """Every Kubernetes object with secrets in plain text, as Kubernetes gets it."""
        return {
            key: revealed(self.inputs[key])
            for key, resource in self.resources.items()
            if resource["type"].startswith("kubernetes:")
            and "helm.sh" not in resource["type"]
            and self.inputs[key].get("apiVersion")
        }

    def values(self, key: str) -> dict[str, Any]:
        return revealed(self.inputs[key])["values"]

    def needs(self, key: str) -> set[str]:
        """Everything that `key` waits for, directly or not: it is deleted before any of them."""
        found: set[str] = set()
        todo = [key]
        while todo:
            for urn in self.resources[todo.pop()].get("dependencies", []):
                other = self._by_urn[urn]
                if other not in found:
                    found.add(other)
                    todo.append(other)
        return found


def revealed(value: Any) -> Any:
    """`value` with secrets in plain text."""
    if isinstance(value, dict):
        if is_secret(value):
            return revealed(value["value"])
        return {key: revealed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [revealed(one) for one in value]
    return value


def text(value: Any) -> str:
    return json.dumps(value, default=str)
