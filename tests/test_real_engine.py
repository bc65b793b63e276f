"""Every stack under the real Pulumi engine: preview, apply, a second preview that changes nothing, destroy."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from components.settings import PROJECT, SECRET_KEYS
from operations.plan.evaluate import synthesise
from operations.plan.stack_file import load_stack
from tests.components.plans import CONFLUENT_STACKS, KUBERNETES_STACKS
from tests.end_to_end.checkout import Checkout
from tests.engine_confluent import schema_registry
from tests.engine_lab import Deletions, Lab, missing
from tests.engine_secrets import Passphrase

pytestmark = [pytest.mark.end_to_end, pytest.mark.skipif(bool(missing()), reason=str(missing()))]
on_kubernetes = pytest.mark.skipif(bool(missing(kubernetes=True)), reason=str(missing(kubernetes=True)))
on_confluent = pytest.mark.skipif(bool(missing(confluent=True)), reason=str(missing(confluent=True)))

ACCOUNT, REGION = "123456789012", "us-east-1"
SECRET = "given-by-the-test"
SECRETS = (
    "kafka_username",
    "kafka_password",
    "schema_registry_user_info",
    "postgres_password",
    "cmf_database_password",
    "confluent_cloud_api_key",
    "confluent_cloud_api_secret",
)

# What `--exclude-protected` has to leave of production.
KEPT = {
    "aws:eks/cluster:Cluster",
    "aws:kms/key:Key",
    "aws:msk/cluster:Cluster",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "aws:glue/catalogDatabase:CatalogDatabase",
}
KEPT_ON_CONFLUENT = {
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:secretsmanager/secret:Secret",
    *(
        f"confluentcloud:index/{kind[0].lower()}{kind[1:]}:{kind}"
        for kind in ("AccessPoint", "ApiKey", "Environment", "FlinkComputePool", "KafkaCluster", "KafkaTopic")
    ),
}

# Of the administrator, of clients (each of Kafka and of the registry), of Flink and of Tableflow.
LOGINS = 6

# Parts of URNs: what is on the left has gone before anything on the right begins to go.
ORDER = (
    (":FlinkApplication::", ":FlinkEnvironment::"),
    (":FlinkEnvironment::", ":CMFRestClass::"),
    (":CMFRestClass::", ":Release::cmf"),
    (":CMFRestClass::", ":Release::flink-operators-"),
    (":Release::cmf", ":Release::flink-operators-flink-operator"),
    (":Release::", ":NodePool::"),
    (":NodePool::", ":NodeClass::"),
    (":NodeClass::", ":AccessEntry::"),
    (":NodePool::", "eks/cluster:Cluster::"),
    (":TargetGroupBinding::", ":TargetGroup::"),
    (":TableflowTopic::", ":CatalogIntegration::"),
    (":TableflowTopic::", ":FlinkStatement::"),
    (":CatalogIntegration::", ":ProviderIntegration::"),
    (":CatalogIntegration::", ":ApiKey::tableflow-keys"),
    (":FlinkStatement::", ":ApiKey::flink-keys"),
    (":FlinkStatement::", ":FlinkComputePool::"),
    (":FlinkStatement::", ":Connector::"),
    (":Connector::", ":KafkaTopic::"),
    (":KafkaTopic::", ":ApiKey::kafka-admin"),
    (":Schema::", ":KafkaTopic::"),
    (":RoleBinding::kafka-", ":KafkaCluster::"),
    (":KafkaCluster::", ":AccessPoint::"),
    (":AccessPoint::", ":Gateway::"),
    (":KafkaCluster::", ":Environment::"),
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with schema_registry() as registry:
        made = Lab.in_folder(tmp_path_factory.mktemp("engine"), registry)
        made.up()
        try:
            yield made
        finally:
            made.down()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Checkout.make(tmp_path).root


def test_the_engine_applies_the_local_stack_and_finds_nothing_to_change(lab: Lab, project: Path):
    count = len(synthesise(load_stack("local")).resources)
    preview = lab.act("preview", project, "local")
    assert (preview["rc"], preview["counts"], preview["errors"]) == (0, {"create": count}, [])
    apply = lab.act("apply", project, "local")
    assert (apply["rc"], apply["counts"], apply["errors"]) == (0, {"create": count}, [])
    idempotent = lab.act("idempotent", project, "local")
    assert (idempotent["rc"], idempotent["counts"]) == (0, {"same": count})
    destroy = lab.act("destroy", project, "local")
    assert (destroy["rc"], destroy["counts"]) == (0, {"delete": count})
    faked = set(apply["reports"]) - {"dropped"}
    assert not faked, f"judged by nothing real: {apply['reports']}"


def test_the_engine_refuses_a_wrong_setting_without_a_traceback(lab: Lab, project: Path):
    file = project / "stacks" / "Pulumi.local.yaml"
    file.write_text(file.read_text().replace("flavour: local", "flavour: pulsar", 1))
    preview = lab.act("preview", project, "local")
    assert preview["rc"] != 0
    said = Path(preview["full_output"]).read_text()
    assert "streaming-platform:kafka.flavour" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "stack",
    [
        *(pytest.param(stack, marks=on_kubernetes) for stack in KUBERNETES_STACKS),
        *(pytest.param(stack, marks=on_confluent) for stack in CONFLUENT_STACKS),
    ],
)
def test_the_engine_applies_the_stack_and_deletes_it_in_order(
    lab: Lab, project: Path, stack: str, record_property: Callable[[str, object], None]
):
    settings = _prepare(lab, project, stack)
    # The status says all: on a busy machine the engine may take the end of its plugins, after the run, for a crash.
    preview = lab.act("preview", project, stack)
    assert preview["rc"] == 0, preview["errors"]
    apply = lab.act("apply", project, stack)
    assert apply["rc"] == 0, apply["errors"]
    if stack in KUBERNETES_STACKS:
        lab.end_jobs()
    idempotent = lab.act("idempotent", project, stack)
    assert (idempotent["rc"], idempotent["changed"]) == (0, [])
    resources = lab.export(project, stack)
    _no_secret_in(resources)
    # What docs/measurements.md shows, beside the seconds of the whole test.
    record_property("stack", stack)
    record_property("resources", len(resources))

    if settings["environment"] == "prod":
        if stack in CONFLUENT_STACKS:
            _a_rotation_takes_the_oldest_keys_last(lab, project, stack, settings)
        _only_what_is_not_protected_goes(lab, project, stack)
        # How docs/aws.md ends a production stack; here it also makes again what has gone.
        _write(project, stack, settings | {"environment": "dev"})
        apply = lab.act("apply", project, stack)
        assert apply["rc"] == 0, apply["errors"]
    destroy = lab.act("destroy", project, stack)
    assert destroy["rc"] == 0, destroy["errors"]
    assert lab.export(project, stack) == []
    _went_in_order(destroy)


def _a_rotation_takes_the_oldest_keys_last(lab: Lab, project: Path, stack: str, settings: dict[str, Any]) -> None:
    settings["rotation"]["number"] += 1
    _write(project, stack, settings)
    apply = lab.act("apply", project, stack)
    assert apply["rc"] == 0, apply["errors"]
    assert apply["counts"]["create"] == apply["counts"]["delete"] == LOGINS
    deletions = Deletions.of(apply)
    assert all(":ApiKey::" in urn for urn in deletions.begun)
    # Clients have the new key, in their secrets and in providers, before an old one goes.
    assert min(deletions.begun.values()) > deletions.made
    assert lab.act("idempotent", project, stack)["changed"] == []


def _only_what_is_not_protected_goes(lab: Lab, project: Path, stack: str) -> None:
    # The preview is what refuses. Without it, everything that is not protected would go before the error.
    refused = lab.act("destroy", project, stack, "--skip-preview=false")
    assert refused["rc"] != 0
    assert "protected" in " ".join(refused["errors"])
    assert lab.act("idempotent", project, stack)["changed"] == []
    destroy = lab.act("destroy", project, stack, "--exclude-protected")
    assert destroy["rc"] == 0, destroy["errors"]
    assert {one["type"] for one in lab.export(project, stack) if one.get("protect")} >= (
        KEPT_ON_CONFLUENT if stack in CONFLUENT_STACKS else KEPT
    )
    _went_in_order(destroy)


def _went_in_order(destroy: dict[str, Any]) -> None:
    deletions = Deletions.of(destroy)
    assert len(deletions.begun) > 50
    for first, then in ORDER:
        assert deletions.wrong(first, then) == []


def _prepare(lab: Lab, project: Path, stack: str) -> dict[str, Any]:
    """Make the copied stack file fit the lab. Returns its settings."""
    content = yaml.safe_load((project / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    settings = {key.removeprefix(f"{PROJECT}:"): value for key, value in content["config"].items()}
    settings["aws"] |= {"region": REGION, "account_id": ACCOUNT}
    if cluster := settings.get("cluster"):
        # There are no nodes, so nothing becomes ready.
        cluster["wait"] = False
        if cluster["flavour"] == "existing":
            cluster["context"] = "lab"
            settings["kubeconfig"] = lab.kubeconfig
    settings |= dict.fromkeys(SECRETS, SECRET)
    # What others have made before: a hosted zone, and the licence.
    with_aws = {"endpoint_url": lab.aws, "region_name": REGION, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    if settings.get("tls_endpoint", {}).get("zone_id"):
        zone = boto3.client("route53", **with_aws).create_hosted_zone(Name="example.com", CallerReference=stack)
        settings["tls_endpoint"]["zone_id"] = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
    if settings["flink"].get("licence_secret"):
        boto3.client("secretsmanager", **with_aws).create_secret(
            Name=settings["flink"]["licence_secret"], SecretString=SECRET
        )
    _write(project, stack, settings)
    return settings


def _write(project: Path, stack: str, settings: dict[str, Any]) -> None:
    secret = Passphrase(os.environ.get("LAB_PASSPHRASE", "lab"))
    config = {
        f"{PROJECT}:{key}": secret.secure(value) if key in SECRET_KEYS else value for key, value in settings.items()
    }
    content = {"encryptionsalt": secret.salt, "config": config}
    (project / "stacks" / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def _no_secret_in(resources: list[dict[str, Any]]) -> None:
    for one in resources:
        assert SECRET not in json.dumps(one), f"{one['urn']} has a secret in plain text in the state"
