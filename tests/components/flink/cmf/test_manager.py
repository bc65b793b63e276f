"""CMF: values that others found the hard way, and what is refused before the cluster would."""

import base64
from dataclasses import replace

import pytest

from components.cluster.contract import Placement
from components.errors import PlatformError
from components.flink.cmf.certificates import (
    KEYSTORE_SECRET,
    OPERATOR_PRINCIPAL,
    SERVER_SECRET,
    client_certificate,
    issuer_manifests,
    read_command,
    server_certificate,
)
from components.flink.cmf.environment import cmf_rest_class
from components.flink.cmf.manager import ConfluentManager, ConfluentManagerArgs, checked_key, url_in_cluster
from components.flink.cmf.manager_values import Authentication, account_manifests, cmf_values
from tests.components.flink.cmf.fakes import KEY, MTLS, OAUTH, Declared, FakeCluster, database, platform

DATABASE = {"host": "db.example.com", "port": 5432, "database": "cmf", "user": "cmf"}
OPEN = Authentication("none", authorize=False)


def values(authentication=MTLS, tls=True, licensed=False):
    return cmf_values(authentication, DATABASE, tls, licensed)


def test_state_is_in_postgresql_by_host_name_and_not_on_a_volume():
    found = values()
    jdbc = found["cmf"]["database"]["jdbc"]
    assert found["cmf"]["database"]["type"] == "jdbc"
    assert jdbc["url"] == "db.example.com"
    assert jdbc["password"] == {"kubernetesSecretName": "cmf-database", "kubernetesSecretProperty": "password"}
    assert found["persistence"] == {"create": False}


def test_encryption_is_on_because_a_key_alone_is_ignored():
    assert values()["encryption"]["enabled"] is True


def test_the_key_has_32_bytes_in_the_secret_and_is_never_made_anew(with_mtls):
    secret = with_mtls.manifests()["Secret cmf-cmf-encryption-key"]
    assert len(base64.b64decode(secret["data"]["key"])) == 32
    assert secret["data"]["key"] == KEY
    key = with_mtls.resources["RandomBytes cmf-encryption-key"]
    assert key["inputs"]["length"] == 32
    assert key["protect"] is True
    assert key["ignoreChanges"] == ["length", "keepers"]


@pytest.mark.parametrize("length", [16, 32])
def test_keys_that_aes_takes_are_taken(length):
    key = base64.b64encode(b"x" * length).decode()
    assert checked_key(key) == key


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (base64.b64encode(b"0d2b6c1e-8f0a-4a56-9b6e-1c9a5f0e7d21").decode(), "36 bytes"),
        ("no base64!", "no base64"),
    ],
)
def test_a_key_of_36_bytes_is_refused_without_being_told(key, found):
    with pytest.raises(PlatformError, match=found) as error:
        checked_key(key)
    assert key not in str(error.value)


def test_mtls_asks_for_certificates_at_the_socket_and_in_cmf():
    cmf = values()["cmf"]
    assert cmf["ssl"]["client-auth"] == "need"
    # Without this every request gets 401.
    assert cmf["authentication"]["config"]["ssl.client.authentication"] == "REQUESTED"
    # A bare common name, as our certificates have it, is a user and no whole DN.
    rules = cmf["authentication"]["config"]["auth.ssl.principal.mapping.rules"].split(",RULE")
    assert rules[1].startswith(":^CN=([^,]+)$/$1/")
    assert {"keystore", "keystore-password", "trust-store", "trust-store-password"} <= cmf["ssl"].keys()


def test_passwords_reach_cmf_by_its_environment():
    found = values()
    assert found["cmf"]["ssl"]["keystore-password"] == "${CMF_KEYSTORE_PASSWORD}"
    assert found["extraEnv"] == [
        {
            "name": "CMF_KEYSTORE_PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": KEYSTORE_SECRET, "key": "password"}},
        }
    ]


def test_cmf_keeps_roles_itself_and_names_no_other_place_for_them():
    cmf = values()["cmf"]
    assert cmf["authorization"] == {"authority": "cmf", "enforce": True}
    assert cmf["mds"]["super-users"] == f"User:platform-admin;User:{OPERATOR_PRINCIPAL}"
    assert cmf["mds"]["user-store"] == "NONE"


def test_without_authorization_there_is_no_metadata_service():
    cmf = values(replace(MTLS, authorize=False))["cmf"]
    assert "mds" not in cmf
    assert "authorization" not in cmf


def test_oauth_names_issuer_and_subject_in_both_places_alike():
    cmf = values(OAUTH, tls=False)["cmf"]
    config, mds = cmf["authentication"]["config"], cmf["mds"]
    assert mds["expected-issuer"] == config["oauthbearer.expected.issuer"] == "https://id.example.com"
    assert mds["sub-claim-name"] == config["oauthbearer.sub.claim.name"] == "client_id"
    # What makes bindings to groups count.
    assert config["oauthbearer.groups.claim.name"] == "groups"
    assert mds["super-users"] == "User:alice;Group:flink-admins;User:cfk"
    assert mds["user-store"] == "OAUTH"
    # An empty list allows none.
    assert cmf["kafka"]["oauthbearerAllowedUrls"] == "https://id.example.com/token,https://id.example.com/jwks"
    assert cmf["ui"]["auth"]["basicAuthEnabled"] is False
    assert "ssl" not in cmf


def test_people_log_in_by_the_browser_where_the_provider_says_where():
    cmf = values(replace(OAUTH, authorize_url="https://id.example.com/auth", device_url="https://id.example.com/d"))[
        "cmf"
    ]
    assert cmf["ui"]["auth"]["ssoEnabled"] is True
    sso = cmf["mds"]["extra-configs"]
    assert sso["confluent.metadata.server.sso.mode"] == "oidc"
    assert sso["confluent.oidc.idp.client.secret"] == "${CMF_OAUTH_CLIENT_SECRET}"


def test_plain_cmf_has_neither_certificates_nor_passwords():
    found = values(OPEN, tls=False)
    assert found["extraEnv"] == []
    assert found["mountedVolumes"] == {"volumes": [], "volumeMounts": []}
    assert "authentication" not in found["cmf"]


def test_no_stack_traces_in_answers():
    assert values()["cmf"]["stackTraceLogging"] is False


def test_a_licence_is_a_secret_with_the_key_that_the_chart_reads():
    assert values(licensed=True)["license"] == {"secretRef": "cmf-licence"}
    assert "license" not in values()

    def program():
        ConfluentManager(
            "cmf", ConfluentManagerArgs(FakeCluster(), "platform", database(), OPEN, tls=False, licence="geheim")
        )

    assert Declared(program).manifests()["Secret cmf-cmf-licence"]["stringData"] == {"license.txt": "geheim"}


def test_the_account_has_the_rights_of_the_charts_cluster_role():
    account, binding = account_manifests("platform", {"a": "b"})
    assert values()["serviceAccount"] == {"create": False, "name": account["metadata"]["name"]}
    assert binding["roleRef"]["name"] == "confluent-manager-for-apache-flink"
    assert binding["subjects"][0]["name"] == account["metadata"]["name"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"authentication": MTLS, "tls": False}, "CMF would see no client certificate"),
        ({"authentication": OAUTH}, "cmf_oauth_client_id"),
    ],
)
def test_what_would_fail_in_the_cluster_is_refused(changed, message):
    args = {"authentication": OPEN, **changed}
    with pytest.raises(PlatformError, match=message):
        Declared(
            lambda: ConfluentManager(
                "cmf",
                ConfluentManagerArgs(FakeCluster(), "platform", database(), **args),  # type: ignore[arg-type]
            )
        )


def test_platform_nodes_with_a_taint_are_refused_because_the_chart_stands_none():
    tainted = Placement({"role": "platform"}, [{"key": "role", "operator": "Exists"}])
    with pytest.raises(PlatformError, match="it would never start"):
        Declared(lambda: platform(OPEN, cluster=FakeCluster(platform=tainted)))


def test_the_certificate_has_every_name_under_which_cmf_is_reached():
    certificate = server_certificate("platform", ["cmf.example.com"])["spec"]
    assert {
        "cmf-service",
        "cmf-service.platform.svc.cluster.local",
        "confluent-manager-for-apache-flink",
        "confluent-manager-for-apache-flink.platform.svc.cluster.local",
        "cmf.example.com",
        "localhost",
    } <= set(certificate["dnsNames"])
    # The name in the URL that Confluent for Kubernetes uses.
    host = url_in_cluster("https", "platform").removeprefix("https://").partition(":")[0]
    assert host in certificate["dnsNames"]
    assert certificate["keystores"]["jks"]["create"] is True
    assert certificate["secretName"] == SERVER_SECRET


def test_keys_of_clients_are_pkcs8_and_the_root_keeps_its_key():
    assert client_certificate("a", "platform", "a")["spec"]["privateKey"]["encoding"] == "PKCS8"
    root = issuer_manifests("platform")[1]["spec"]
    assert root["isCA"] is True
    assert root["privateKey"]["rotationPolicy"] == "Never"


def test_nobody_can_be_confluent_for_kubernetes():
    with pytest.raises(PlatformError, match="this one is Confluent for Kubernetes itself"):
        Declared(lambda: platform(replace(MTLS, administrators=[OPERATOR_PRINCIPAL])))


def test_a_command_reads_a_certificate_into_files_of_the_user_alone():
    assert read_command("platform", "cmf-server-tls", {"ca.crt": "ca.pem"}) == (
        "umask 077; kubectl -n platform get secret cmf-server-tls "
        "-o go-template='{{index .data \"ca.crt\" | base64decode}}' > ca.pem"
    )


def test_confluent_for_kubernetes_reaches_cmf_as_it_can():
    url = url_in_cluster("https", "platform")
    assert url == "https://cmf-service.platform.svc.cluster.local:80"
    mtls = cmf_rest_class("platform", url, MTLS, True)["spec"]["cmfRest"]
    assert mtls["authentication"] == {"type": "mtls", "sslClientAuthentication": True}
    assert mtls["tls"] == {"secretRef": "cmf-client-operator"}
    plain = cmf_rest_class("platform", url, OPEN, False)["spec"]["cmfRest"]
    # The schema has no type `none`: what is not there is not asked for.
    assert "authentication" not in plain
    oauth = cmf_rest_class("platform", url, OAUTH, False)["spec"]["cmfRest"]["authentication"]
    assert oauth["type"] == "oauth"
    assert oauth["oauth"]["configuration"]["tokenEndpointUri"] == "https://id.example.com/token"


def test_outputs_say_how_to_reach_cmf():
    manager: list[ConfluentManager] = []

    def program():
        manager.append(
            ConfluentManager("cmf", ConfluentManagerArgs(FakeCluster(), "platform", database(), OPEN, tls=False))
        )

    Declared(program)
    assert manager[0].tls is False
    assert url_in_cluster("http", "platform") == "http://cmf-service.platform.svc.cluster.local:80"
