"""Applications: names, sizes, configuration, disruption budgets; settings as the components take them."""

import json
import re
from dataclasses import fields

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from components.cluster.contract import NodeRole, Placement
from components.errors import PlatformError
from components.flink.cmf.application_manifests import (
    disruption_budgets,
    flink_application,
    job_rbac,
    pod_template,
    scheduling_template,
)
from components.flink.cmf.flink_configuration import application_configuration, environment_configuration
from components.flink.cmf.manager_values import Authentication
from components.flink.cmf.names import environment_service_account, flink_name
from components.flink.cmf.operator_values import cert_manager_values, cfk_values, flink_operator_values, operator_rules
from components.flink.cmf.secrets import is_secret, split_secrets, variable_name
from components.flink.cmf.settings import ApplicationSettings, PodSize
from components.flink.cmf.statements import Statement
from components.settings.flink import ApplicationDefaults, CmfFlink, OauthAuthentication, Quantity, SqlStatement
from tests.components.flink.cmf.fakes import LOGIN, application
from tests.components.kubernetes_schemas import CMF_API, schema_file

ONE = ApplicationSettings()


def test_names_are_those_that_cmf_and_the_operator_take():
    text = schema_file(*CMF_API).read_text()
    rule = yaml.safe_load(text)["components"]["schemas"]["PostResourceBase"]["properties"]["name"]
    for name in ("claims", "abcd", "a" * 45, "a-b1"):
        assert flink_name(name, "application.yaml", "name") == name
        assert re.fullmatch(rule["pattern"], name)
        assert len(name) >= rule["minLength"]


@pytest.mark.parametrize("name", ["abc", "Claims", "1claims", "claims-", "cla_ims", "a" * 46, ""])
def test_other_names_are_refused_with_their_file(name):
    with pytest.raises(PlatformError, match=r"application\.yaml: name"):
        flink_name(name, "application.yaml", "name")


@pytest.mark.parametrize(
    ("cpu", "cores"), [("1", "1"), ("0.5", "0.5"), ("500m", "0.5"), ("1500m", "1.5"), ("2000m", "2")]
)
def test_cores_are_text_in_the_way_flink_reads_them(cpu, cores):
    assert PodSize(cpu, 1024).flink_resource() == {"cpu": cores, "memory": "1024m"}


def test_state_directories_have_the_names_that_cmf_and_the_operator_look_for():
    found = environment_configuration("state-bucket", "streaming")
    assert found["state.checkpoints.dir"] == "s3://state-bucket/streaming/checkpoints"
    assert found["state.savepoints.dir"] == "s3://state-bucket/streaming/savepoints"
    assert found["high-availability.storageDir"] == "s3://state-bucket/streaming/ha"
    assert found["high-availability.type"] == "kubernetes"
    assert all(isinstance(value, str) for value in found.values())


def test_an_upgrade_never_falls_back_to_the_last_checkpoint_by_itself():
    found = environment_configuration("b", "e")
    assert found["kubernetes.operator.job.upgrade.last-state-fallback.enabled"] == "false"
    assert found["execution.checkpointing.externalized-checkpoint-retention"] == "RETAIN_ON_CANCELLATION"


def test_no_key_that_the_operator_forbids_is_set_and_none_that_an_application_needs_for_itself():
    shared = environment_configuration("b", "e")
    own = application_configuration(application(), ApplicationSettings(autoscaler=True))
    assert not {"kubernetes.namespace", "kubernetes.cluster-id"} & {*shared, *own}
    # What the environment sets, no application can override.
    assert not shared.keys() & own.keys()


def test_the_autoscaler_has_the_new_names_and_the_scheduler_that_it_needs():
    found = application_configuration(application(), ApplicationSettings(autoscaler=True))
    assert found["job.autoscaler.enabled"] == "true"
    assert found["jobmanager.scheduler"] == "adaptive"
    assert not [key for key in found if key.startswith("kubernetes.operator.job.autoscaler")]
    assert "job.autoscaler.enabled" not in application_configuration(application(), ONE)


def test_max_parallelism_has_many_divisors():
    assert application_configuration(application(), ONE)["pipeline.max-parallelism"] == "720"


@pytest.mark.parametrize(
    ("settings", "parallelism", "expected"),
    [
        # A single TaskManager that may not go would keep its node for ever.
        (ApplicationSettings(task_slots=2), 2, {}),
        (ApplicationSettings(task_slots=2), 5, {"taskmanager": {"minAvailable": 2}}),
        (ApplicationSettings(task_slots=2, autoscaler=True), 5, {}),
        (ApplicationSettings(standby_job_managers=1), 1, {"jobmanager": {"maxUnavailable": 1}}),
    ],
)
def test_disruption_budgets_help_or_are_not_there(settings, parallelism, expected):
    budgets = disruption_budgets("claims", "streaming", settings, parallelism)
    found = {one["spec"]["selector"]["matchLabels"]["component"]: one["spec"] for one in budgets}
    assert {key: {k: v for k, v in spec.items() if k != "selector"} for key, spec in found.items()} == expected


def manifest(settings=ONE):
    placements = (Placement({"role": "jobmanager"}), Placement({"role": "taskmanager"}))
    template = pod_template("claims-statements", None, [], "hash")
    return flink_application(
        "claims", "streaming", "streaming", {"name": "cmf"}, "image:1", "v2_1", {}, settings, 1, template, placements
    )["spec"]


def test_standby_job_managers_are_further_ones():
    assert manifest()["jobManager"]["replicas"] == 1
    assert manifest(ApplicationSettings(standby_job_managers=2))["jobManager"]["replicas"] == 3


def test_another_restore_point_restarts_a_running_job_and_none_is_none():
    assert "initialSavepointPath" not in manifest()["job"]
    one = manifest(ApplicationSettings(restore_from="s3://b/savepoint-1"))["job"]
    two = manifest(ApplicationSettings(restore_from="s3://b/savepoint-2"))["job"]
    assert one["initialSavepointPath"] == "s3://b/savepoint-1"
    assert one["savepointRedeployNonce"] != two["savepointRedeployNonce"]


def test_pods_run_where_they_belong_and_know_their_rank():
    spec = manifest()
    for kind, role in (("jobManager", NodeRole.JOB_MANAGER), ("taskManager", NodeRole.TASK_MANAGER)):
        template = spec[kind]["podTemplate"]["spec"]
        assert template["nodeSelector"] == {"role": role.value}
        assert template["priorityClassName"] == f"streaming-{role.value}"
        # Merged by position with the template of all pods: a second list would overwrite its container.
        assert "containers" not in template
        for constraint in template["topologySpreadConstraints"]:
            assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"


def test_a_pod_finds_the_container_that_flink_looks_for():
    [container] = pod_template("s", "claims-kafka", [{"name": "A", "value": "b"}], "hash")["spec"]["containers"]
    assert container["name"] == "flink-main-container"
    assert container["volumeMounts"][0]["mountPath"] == "/opt/flink/statements"
    assert scheduling_template("claims", "jobmanager", "p", Placement())["spec"]["priorityClassName"] == "p"


def test_a_job_manager_may_do_what_native_kubernetes_needs_in_its_own_namespace_only():
    role, binding = job_rbac("claims", "streaming")
    assert role["kind"] == "Role"
    granted = {resource for rule in role["rules"] for resource in rule["resources"]}
    assert {"pods", "configmaps", "deployments", "services"} <= granted
    assert "secrets" not in granted
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "claims", "namespace": "streaming"}]


@pytest.mark.parametrize(
    "key",
    [
        "sasl.jaas.config",
        "basic.auth.user.info",
        "schema.registry.basic.auth.user.info",
        "ssl.keystore.password",
        "ssl.key.password",
        "ssl.truststore.password",
        "ssl.keystore.key",
    ],
)
def test_what_lets_somebody_in_is_secret(key):
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    ["bootstrap.servers", "security.protocol", "sasl.mechanism", "ssl.truststore.certificates", "ssl.keystore.type"],
)
def test_what_everybody_may_see_is_not(key):
    assert not is_secret(key)


def test_secrets_become_placeholders_and_variables():
    public, secrets = split_secrets({"bootstrap.servers": "b:9096", "sasl.jaas.config": LOGIN})
    assert public == {"bootstrap.servers": "b:9096", "sasl.jaas.config": "${env:KAFKA_SASL_JAAS_CONFIG}"}
    assert secrets == {"KAFKA_SASL_JAAS_CONFIG": LOGIN}


@given(st.text(min_size=1, max_size=40))
def test_every_property_has_a_variable_name_that_the_runner_reads(key):
    # applications/runner, Placeholders.java.
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable_name(key))


def test_both_operators_watch_the_environments_namespaces():
    assert flink_operator_values(["streaming"], Placement())["watchNamespaces"] == ["streaming"]
    cfk = cfk_values("platform", ["streaming"], Placement(), with_sql=False)
    assert cfk["namespaceList"] == ["platform", "streaming"]
    assert cfk["namespaced"] is True
    assert cfk["enableCMFDay2Ops"] is True
    assert cfk["enableFlinkSQL"] is False


def test_definitions_of_cert_manager_outlive_its_release():
    assert cert_manager_values("cert-manager", Placement())["crds"] == {"enabled": True, "keep": True}


def test_operators_run_on_platform_nodes():
    where = Placement({"role": "platform"}, [{"key": "a", "operator": "Exists"}])
    assert cert_manager_values("n", where)["webhook"]["nodeSelector"] == {"role": "platform"}
    assert flink_operator_values([], where)["operatorPod"]["nodeSelector"] == {"role": "platform"}
    affinity = cfk_values("p", [], where, False)["affinity"]["nodeAffinity"]
    [term] = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "role", "operator": "In", "values": ["platform"]}]


def test_the_operator_takes_finalizers_off_by_rights_that_are_not_in_a_namespace():
    assert flink_operator_values(["streaming"], Placement())["rbac"] == {"create": False}
    finalizers = [r for rule in operator_rules() for r in rule["resources"] if r == "flinkdeployments/finalizers"]
    assert finalizers


def test_sql_runs_under_the_account_that_cmf_makes():
    assert environment_service_account("streaming") == "cmf-env-sa-streaming"


@pytest.mark.parametrize(
    ("settings", "taken"),
    [
        (ApplicationDefaults, ApplicationSettings),
        (Quantity, PodSize),
        (SqlStatement, Statement),
        (OauthAuthentication, Authentication),
    ],
)
def test_settings_have_the_fields_that_components_take(settings, taken):
    # The platform passes them on by name.
    assert set(settings.model_fields) <= {field.name for field in fields(taken)}


def test_defaults_of_settings_are_those_of_the_components():
    values = ApplicationDefaults().model_dump(mode="json")
    pods = {name: PodSize(**values.pop(name)) for name in ("job_manager", "task_manager")}
    assert ApplicationSettings(**pods, **values) == ApplicationSettings()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"environment": "dev"}, "environment"),
        (
            {"sql": {"pools": {"small": {}}, "statements": {"enrich": {"pool": "large", "statement": "x"}}}},
            "no key of pools",
        ),
        ({"defaults": {"upgrade_mode": "stateless", "restore_from": "s3://b/savepoint"}}, "upgrade_mode is stateless"),
        ({"defaults": {"task_manager": {"cpu": 0.5}}}, "cpu"),
        ({"version": "2.5.0"}, "version"),
    ],
)
def test_settings_that_cannot_be_are_refused(changed, message):
    # As a stack file is read: enums are text there.
    database = {"flavour": "rds", "database": "cmf"}
    whole = {"flavour": "cmf", "database": database, "authentication": {"kind": "mtls"}, **changed}
    with pytest.raises(ValidationError, match=message):
        CmfFlink.model_validate_json(json.dumps(whole))
