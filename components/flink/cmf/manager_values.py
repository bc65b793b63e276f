"""Helm values of CMF, and the Secrets that they name. Pure functions from plain data to plain data.

The keys are those of the charts 2.0.3 (github.com/tonyfieit75/confluent-cmf-s390x, with its templates) and 2.4
(github.com/osowski/confluent-platform-gitops, workloads/cmf-operator, adrs/0016 and 0018). The chart has a schema: a
key that was not seen in either is not written. No password stands in a value: those are `${NAME}` of the environment,
which Spring fills in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from components.flink.cmf.certificates import KEYSTORE_KEY, KEYSTORE_SECRET, OPERATOR_PRINCIPAL, SERVER_SECRET
from components.flink.cmf.names import CMF_ACCOUNT, CMF_NAME

DATABASE_SECRET = "cmf-database"  # noqa: S105 the name of a Secret, like those below
ENCRYPTION_SECRET = "cmf-encryption-key"  # noqa: S105
LICENCE_SECRET = "cmf-licence"  # noqa: S105
TOKEN_SECRET = "cmf-mds-token"  # noqa: S105
OAUTH_SECRET = "cmf-oauth"  # noqa: S105
_TLS_FOLDER = "/mnt/secrets/tls"
_TOKEN_FOLDER = "/mnt/secrets/mds"  # noqa: S105
_MDS_PORT = 8090
# First the common name of a longer subject, then a bare one, which the first rule misses.
PRINCIPAL_RULES = "RULE:^CN=(.*?),.*$/$1/,RULE:^CN=([^,]+)$/$1/,DEFAULT"


@dataclass(frozen=True)
class Authentication:
    """How CMF knows who asks, without secrets.

    Everybody but administrators needs role bindings: one for CMF and one for each environment (without the second CMF
    answers 401 to a valid token), such as
    `confluent iam rbac role-binding create --principal User:<x> --role DeveloperManage --cmf CMF-id
    --flink-environment <environment> --resource FlinkApplication:"*"`.

    kind:             none, mtls or oauth
    administrators:   who may do everything: common names (mtls); subjects, or `group:<name>` (oauth)
    authorize:        CMF keeps role bindings itself; False: who is authenticated may do everything
    the others:       of oauth; see components/settings/flink.py
    """

    kind: Literal["none", "mtls", "oauth"]
    administrators: Sequence[str] = ()
    authorize: bool = True
    issuer: str = ""
    jwks_url: str = ""
    token_url: str = ""
    audience: str = ""
    subject_claim: str = "sub"
    groups_claim: str = "groups"
    operator_subject: str = ""
    authorize_url: str | None = None
    device_url: str | None = None

    @property
    def keeps_roles(self) -> bool:
        """Whether CMF runs its own metadata service."""
        return self.kind != "none" and self.authorize

    def super_users(self) -> str:
        """Who needs no role binding, as CMF reads it: `User:a;Group:b`. CMF splits at semicolons."""
        people = [
            f"Group:{one.removeprefix('group:')}"
            if one.startswith("group:") and self.kind == "oauth"
            else f"User:{one}"
            for one in self.administrators
        ]
        # A successful handshake or a valid token gives no right by itself, to Confluent for Kubernetes neither.
        operator = OPERATOR_PRINCIPAL if self.kind == "mtls" else self.operator_subject
        return ";".join([*people, f"User:{operator}"])


def cmf_values(
    authentication: Authentication,
    database: Mapping[str, Any],
    tls: bool,
    licensed: bool,
    env: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Values of the chart `confluent-manager-for-apache-flink`.

    database:        host, port, database and user of a PostgreSQL; the password is in `DATABASE_SECRET`
    tls:             the pod ends TLS with its own certificate; False: plain HTTP, for a load balancer that ended it
    licensed:        `LICENCE_SECRET` exists; False: the trial of 30 days
    env:             further environment variables
    """
    volumes: list[dict[str, Any]] = []
    environment = [dict(one) for one in env]
    cmf: dict[str, Any] = {
        "database": {
            "type": "jdbc",
            "jdbc": {
                "engine": "postgresql",
                # A host name, whatever the key says.
                "url": database["host"],
                "port": database["port"],
                "database": database["database"],
                "user": database["user"],
                "password": {"kubernetesSecretName": DATABASE_SECRET, "kubernetesSecretProperty": "password"},
                # The driver speaks TLS wherever the server does (its default `prefer`); RDS refuses anything else.
                "options": "",
            },
        },
        "logging": {"level": {"root": "INFO"}},
        # They hold parts of statements and of configurations.
        "stackTraceLogging": False,
    }
    if tls:
        volumes.append({"name": "tls", "secret": {"secretName": SERVER_SECRET}})
        environment.append(_from_secret("CMF_KEYSTORE_PASSWORD", KEYSTORE_SECRET, KEYSTORE_KEY))
        # The hyphens are uneven in the chart: keystore, but trust-store.
        cmf["ssl"] = {
            "keystore": f"{_TLS_FOLDER}/keystore.jks",
            "keystore-password": "${CMF_KEYSTORE_PASSWORD}",
            "trust-store": f"{_TLS_FOLDER}/truststore.jks",
            "trust-store-password": "${CMF_KEYSTORE_PASSWORD}",
            # The handshake fails without a certificate, before any request is read.
            "client-auth": "need" if authentication.kind == "mtls" else "none",
        }
    if authentication.kind == "mtls":
        cmf["authentication"] = {
            "type": "mtls",
            "config": {
                "auth.ssl.principal.mapping.rules": PRINCIPAL_RULES,
                # client-auth is the socket only. Without this CMF reads no principal from the certificate, and every
                # request gets 401 ("Skipping impersonation identity validation as client auth is not set").
                "ssl.client.authentication": "REQUESTED",
            },
        }
    if authentication.kind == "oauth":
        cmf["authentication"] = {"type": "oauth", "config": _oauth_config(authentication)}
        # Kafka's clients of CP 8 fetch from no other address; an empty list allows none.
        cmf["kafka"] = {"oauthbearerAllowedUrls": f"{authentication.token_url},{authentication.jwks_url}"}
        environment += [
            _from_secret("CMF_OAUTH_CLIENT_ID", OAUTH_SECRET, "client-id"),
            _from_secret("CMF_OAUTH_CLIENT_SECRET", OAUTH_SECRET, "client-secret"),
        ]
    if authentication.keeps_roles:
        volumes.append({"name": "mds", "secret": {"secretName": TOKEN_SECRET}})
        # No mdsRestConfig beside it: "authority=cmf is incompatible with mdsRestConfig".
        cmf["authorization"] = {"authority": "cmf", "enforce": True}
        cmf["mds"] = _mds(authentication)
    if authentication.kind == "oauth":
        # Tokens come from the identity provider alone: there is no password to ask for.
        sso = authentication.keeps_roles and authentication.authorize_url is not None
        cmf["ui"] = {"auth": {"basicAuthEnabled": False, "ssoEnabled": sso}}
    folders = {"tls": _TLS_FOLDER, "mds": _TOKEN_FOLDER}
    values: dict[str, Any] = {
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}},
        # Off by default, and then the key is ignored but for a warning. Mode and key are fixed when CMF first starts
        # on its database: no switch and no rotation later.
        "encryption": {
            "enabled": True,
            "key": {"kubernetesSecretName": ENCRYPTION_SECRET, "kubernetesSecretProperty": "key"},
        },
        # The volume is for SQLite only.
        "persistence": {"create": False},
        "rbac": True,
        # `account_manifests` makes it and gives it the rights of the chart's ClusterRole.
        "serviceAccount": {"create": False, "name": CMF_ACCOUNT},
        "extraEnv": environment,
        "mountedVolumes": {
            "volumes": volumes,
            "volumeMounts": [
                {"name": one["name"], "mountPath": folders[one["name"]], "readOnly": True} for one in volumes
            ],
        },
        "cmf": cmf,
    }
    if licensed:
        values["license"] = {"secretRef": LICENCE_SECRET}
    return values


def _oauth_config(authentication: Authentication) -> dict[str, str]:
    config = {
        "oauthbearer.jwks.endpoint.url": authentication.jwks_url,
        # Compared with the token's `iss` as text.
        "oauthbearer.expected.issuer": authentication.issuer,
        "oauthbearer.expected.audience": authentication.audience,
        "oauthbearer.sub.claim.name": authentication.subject_claim,
        # This key, and not the one of `mds`, is what makes bindings to groups count.
        "oauthbearer.groups.claim.name": authentication.groups_claim,
    }
    if authentication.keeps_roles:
        config |= {
            "token.issuer": "Confluent",
            "public.key.path": f"{_TOKEN_FOLDER}/public.pem",
            # CMF's own metadata service, within the pod.
            "confluent.metadata.bootstrap.server.urls": f"http://localhost:{_MDS_PORT}",
            "confluent.metadata.http.auth.credentials.provider": "OAUTHBEARER",
            "confluent.metadata.oauthbearer.token.endpoint.url": authentication.token_url,
            "confluent.metadata.oauthbearer.login.client.id": "${CMF_OAUTH_CLIENT_ID}",
            "confluent.metadata.oauthbearer.login.client.secret": "${CMF_OAUTH_CLIENT_SECRET}",
        }
    return config


def _mds(authentication: Authentication) -> dict[str, Any]:
    """The metadata service within CMF: the one place for role bindings where Kafka is MSK, which has none.

    Seen running in public: OAUTH, and mTLS beside LDAP_WITH_OAUTH. NONE, for mTLS alone, is Confluent's word for no
    users of its own, and nobody has written how it went; `authorization: false` does without all of this.
    """
    mds: dict[str, Any] = {
        "enabled": True,
        "port": _MDS_PORT,
        "authentication-method": "BEARER",
        "token-key-path": f"{_TOKEN_FOLDER}/private.pem",
        "public-key-path": f"{_TOKEN_FOLDER}/public.pem",
        "super-users": authentication.super_users(),
        "user-store": "OAUTH" if authentication.kind == "oauth" else "NONE",
    }
    if authentication.kind != "oauth":
        return mds
    mds |= {
        "jwks-endpoint-url": authentication.jwks_url,
        # Without it CMF does not start: "Issuer must not be null or empty".
        "expected-issuer": authentication.issuer,
        # The same as in `authentication`: else one token is two users.
        "sub-claim-name": authentication.subject_claim,
        "groups-claim-name": authentication.groups_claim,
    }
    if authentication.authorize_url is not None:
        mds["extra-configs"] = {
            "confluent.metadata.server.sso.mode": "oidc",
            "confluent.oidc.idp.client.id": "${CMF_OAUTH_CLIENT_ID}",
            "confluent.oidc.idp.client.secret": "${CMF_OAUTH_CLIENT_SECRET}",
            "confluent.oidc.idp.issuer": authentication.issuer,
            "confluent.oidc.idp.jwks.endpoint.uri": authentication.jwks_url,
            "confluent.oidc.idp.authorize.base.endpoint.uri": authentication.authorize_url,
            "confluent.oidc.idp.token.base.endpoint.uri": authentication.token_url,
            **(
                {"confluent.oidc.idp.device.authorization.endpoint.uri": authentication.device_url}
                if authentication.device_url
                else {}
            ),
        }
    return mds


def _from_secret(variable: str, secret: str, key: str) -> dict[str, Any]:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def account_manifests(namespace: str, annotations: Mapping[str, Any]) -> list[dict[str, Any]]:
    """CMF's ServiceAccount, and its binding to the ClusterRole that the chart makes."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": CMF_ACCOUNT, "namespace": namespace, "annotations": dict(annotations)},
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"{CMF_ACCOUNT}-{namespace}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": CMF_NAME},
            "subjects": [{"kind": "ServiceAccount", "name": CMF_ACCOUNT, "namespace": namespace}],
        },
    ]
