"""What waits for what, and so what a destroy takes away before what."""

import itertools
import re
from dataclasses import replace

import pytest

from components.errors import PlatformError
from components.flink.cmf.settings import ApplicationSettings
from components.kafka.contract import GrantedAccess, KafkaAccess
from tests.components.flink.cmf.fakes import Declared, application, lake, platform

APPLICATION = "FlinkApplication claims-application"
OPERATOR = "Release flink-flink-operator"
CFK = "Release flink-confluent-for-kubernetes"


def test_custom_resources_go_before_what_takes_their_finalizers_off(with_mtls):
    chain = [APPLICATION, "FlinkEnvironment streaming-environment", "CMFRestClass streaming-rest-class", "Release cmf"]
    for one, other in itertools.pairwise(chain):
        assert other in with_mtls.needs(one)
        assert one not in with_mtls.needs(other)
    assert {OPERATOR, CFK, "Release flink-cert-manager"} <= with_mtls.needs(chain[2])


def test_the_namespace_of_jobs_goes_before_the_operator_so_that_no_flinkdeployment_hangs(with_mtls):
    before = with_mtls.needs("Namespace flink-streaming")
    assert OPERATOR in before
    # Its rights stay until then as well: they are not in the namespace.
    assert "ClusterRoleBinding flink-flink-operator-ClusterRoleBinding" in before
    assert "Namespace flink-streaming" not in with_mtls.needs(OPERATOR)
    # CFK's Roles are in the namespace, and CMF only asks: both go before it.
    assert "Namespace flink-streaming" in with_mtls.needs(CFK)
    assert with_mtls.resources["Namespace flink-streaming"]["customTimeouts"]["delete"] == "20m"


def test_an_application_starts_after_its_rights_its_login_and_its_role_in_aws(with_mtls):
    assert {
        "ServiceAccount claims-account",
        "RoleBinding claims-rolebinding",
        "ConfigMap claims-statements",
        "Secret claims-secrets",
        "Secret scram-claims",
        "PodIdentityAssociation claims",
    } <= with_mtls.needs(APPLICATION)


def test_cmf_starts_after_its_secrets_its_certificate_its_role_in_aws_and_its_nodes(with_mtls):
    assert {
        "Secret cmf-cmf-database",
        "Secret cmf-cmf-encryption-key",
        "Certificate certificates-cmf-server",
        "PodIdentityAssociation cmf-aws",
        "NodePool nodes",
        OPERATOR,
    } <= with_mtls.needs("Release cmf")


def test_operators_need_nodes_and_certificates_need_cert_manager(with_mtls):
    for release in ("Release flink-cert-manager", OPERATOR, CFK):
        assert "NodePool nodes" in with_mtls.needs(release)
    assert "Release flink-cert-manager" in with_mtls.needs(OPERATOR)
    assert "Release flink-cert-manager" in with_mtls.needs("Issuer certificates-platform-self-signed")


def test_nothing_in_the_namespace_of_jobs_waits_for_cmf_but_custom_resources(with_mtls):
    # They are made while CMF starts.
    for key in ("ServiceAccount claims-account", "ConfigMap claims-statements"):
        assert "Release cmf" not in with_mtls.needs(key)


def test_pulumi_waits_until_custom_resources_have_gone(with_mtls):
    for manifest in with_mtls.manifests().values():
        assert "pulumi.com/skipAwait" not in manifest["metadata"].get("annotations", {})


def test_an_application_that_becomes_another_goes_first_so_that_no_two_write_one_table(with_mtls):
    assert with_mtls.resources[APPLICATION]["deleteBeforeReplace"] is True


def test_a_plan_shows_that_pods_are_made_anew_and_not_why(with_mtls):
    template = with_mtls.resources[APPLICATION]["inputs"]["spec"]["podTemplate"]["metadata"]
    assert re.fullmatch("[0-9a-f]{16}", template["annotations"]["streaming-platform/configuration"])


def test_paused_leaves_jobs_and_data_and_takes_cmf_and_the_operator_away(with_mtls):
    paused = Declared(lambda: platform(paused=True))
    assert with_mtls.resources.keys() - paused.resources.keys() == {"Release cmf", OPERATOR}
    assert paused.resources.keys() <= with_mtls.resources.keys()
    # What stays is what was: nothing is replaced.
    for key in paused.resources:
        assert paused.resources[key]["inputs"] == with_mtls.resources[key]["inputs"], key


def test_releases_are_pinned_named_and_patient(with_mtls):
    for key, resource in with_mtls.resources.items():
        if key.startswith("Release "):
            inputs = resource["inputs"]
            assert inputs["version"], key
            assert inputs["namespace"], key
            assert inputs["createNamespace"] is False, key
            assert inputs["timeout"] >= 900, key
    # Confluent's commands and guides name it so.
    assert with_mtls.resources[OPERATOR]["inputs"]["name"] == "cp-flink-kubernetes-operator"


def test_a_failed_upgrade_of_cmf_is_never_taken_back(with_mtls):
    cmf = with_mtls.resources["Release cmf"]["inputs"]
    assert cmf["atomic"] is False
    assert cmf["cleanupOnFail"] is False
    # 50 x 60 s of the chart's startup probe.
    assert cmf["timeout"] >= 3000
    assert with_mtls.resources[OPERATOR]["inputs"]["atomic"] is True


def test_an_application_of_a_name_that_cmf_refuses_is_refused_before():
    app = application()
    short = app.spec.model_copy(update={"name": "abc"})

    def program():
        _, flink = platform()
        flink.run(replace(app, spec=short), GrantedAccess(KafkaAccess("external", "b1:9092", "PLAINTEXT")), lake())

    with pytest.raises(PlatformError, match="4 to 45 lower case letters"):
        Declared(program)


def test_a_kafka_without_secrets_gives_no_secret():
    def program():
        _, flink = platform()
        flink.run(application("telematics"), GrantedAccess(KafkaAccess("external", "b1:9092", "PLAINTEXT")), lake())

    declared = Declared(program)
    assert "Secret telematics-secrets" not in declared.resources
    container = declared.manifests()["FlinkApplication telematics-application"]["spec"]["podTemplate"]["spec"]
    assert "envFrom" not in container["containers"][0]


def test_parallelism_beyond_the_key_groups_is_refused():
    with pytest.raises(PlatformError, match="makes state that exists unreadable"):
        Declared(lambda: platform(settings=ApplicationSettings(max_parallelism=0)))
