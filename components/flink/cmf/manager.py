"""Confluent Manager for Apache Flink (CMF): its secrets, its role in AWS, its Helm release."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_random as random
import pulumi_tls as tls

from components import versions
from components.cluster.contract import Cluster, NodeRole
from components.cluster.objects import KubernetesObject
from components.errors import problem
from components.flink.cmf.manager_values import (
    DATABASE_SECRET,
    ENCRYPTION_SECRET,
    LICENCE_SECRET,
    OAUTH_SECRET,
    TOKEN_SECRET,
    Authentication,
    account_manifests,
    cmf_values,
)
from components.flink.cmf.names import CMF_ACCOUNT, CMF_NAME, CMF_PORT, CMF_SERVICE
from components.flink.cmf.operators import CONFLUENT_CHARTS, release
from components.postgres import DatabaseLogin

# Seconds. With many applications CMF reads them all before it answers: the chart's startup probe waits 50 x 60 s.
_TIMEOUT = 3600
_KEY_BYTES = 32


def checked_key(key: str) -> str:
    """`key`, if it is base64 of a key that AES-GCM within CMF takes: 16 or 32 bytes.

    36 bytes (a UUID as text, a base64 text taken for the key) make CMF fail at its first secret, not at its start.
    Raises PlatformError otherwise, without the key in its message.
    """
    try:
        length = len(base64.b64decode(key, validate=True))
    except binascii.Error:
        length = -1
    if length not in (16, _KEY_BYTES):
        found = "no base64" if length < 0 else f"{length} bytes"
        raise problem(
            "CMF",
            "encryption key",
            found,
            "base64 of 16 or 32 bytes",
            "make one with: openssl rand -base64 32 (for a new database only: the key of an old one cannot change)",
        )
    return key


@dataclass
class ConfluentManagerArgs:
    """Inputs of `ConfluentManager`.

    cluster:        where it runs
    namespace:      of CMF; it exists
    database:       PostgreSQL of CMF alone: host, port, database, user, password
    authentication: who may talk to it
    tls:            the pod ends TLS (the Secrets of `CmfCertificates` exist); False: plain HTTP within the cluster, for
                    a load balancer or an Ingress that ended it. mTLS needs True (default True)
    policy_arns:    short name -> IAM policy. CMF compiles SQL against Iceberg itself and needs what its writers need
    licence:        Confluent licence, as a secret; None: the trial of 30 days
    oauth_client_id, oauth_client_secret: with which CMF and Confluent for Kubernetes log in, as secrets; for oauth
    encryption_key: base64 of 16 or 32 bytes, as a secret, of a CMF database that exists; None: a new one of 32 bytes
    protect:        Pulumi refuses to delete the encryption key: without it the database cannot be read (default False)
    paused:         True leaves CMF out, for an upgrade (docs/upgrades.md); all it knows is in the database (default
                    False)
    version:        of CMF and of its chart
    needs:          what has to exist before: `FlinkOperators.ready`, `CmfCertificates.ready`, the database, the way to
                    it
    """

    cluster: Cluster
    namespace: str
    database: DatabaseLogin
    authentication: Authentication
    tls: bool = True
    policy_arns: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    licence: pulumi.Input[str] | None = None
    oauth_client_id: pulumi.Input[str] | None = None
    oauth_client_secret: pulumi.Input[str] | None = None
    encryption_key: pulumi.Input[str] | None = None
    protect: bool = False
    paused: bool = False
    version: str = versions.CMF
    needs: Sequence[pulumi.Resource] = field(default_factory=tuple)


class ConfluentManager(pulumi.ComponentResource):
    """CMF: one pod, replaced by stopping it first (the chart's own choice), so it has no PodDisruptionBudget: one would
    only hold up the replacement of its node. While it is away jobs run on; changes wait.

    Outputs: namespace, service, port, url_in_cluster, service_account.
    Attributes for Python programs: `ready` (before what talks to CMF), `tls`, `authentication`.
    """

    namespace: pulumi.Output[str]
    service: pulumi.Output[str]
    port: pulumi.Output[int]
    url_in_cluster: pulumi.Output[str]
    service_account: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]
    tls: bool
    authentication: Authentication

    def __init__(self, name: str, args: ConfluentManagerArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ConfluentManager", name, None, opts)
        cluster, namespace, authentication = args.cluster.access, args.namespace, args.authentication
        _check(args)

        def make(logical: str, manifest: dict[str, Any]) -> pulumi.Resource:
            return KubernetesObject(
                f"{name}-{logical}",
                manifest,
                pulumi.ResourceOptions(parent=self, provider=cluster.provider, depends_on=list(args.needs)),
            )

        def secret(object_name: str, content: dict[str, Any], data: str = "stringData") -> pulumi.Resource:
            metadata = {"name": object_name, "namespace": namespace}
            return make(object_name, {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, data: content})

        secrets = [secret(DATABASE_SECRET, {"password": args.database.password})]
        # `data`, so that the Secret holds the bytes themselves and not their base64.
        secrets.append(secret(ENCRYPTION_SECRET, {"key": self._encryption_key(name, args)}, data="data"))
        if args.licence is not None:
            secrets.append(secret(LICENCE_SECRET, {"license.txt": pulumi.Output.secret(args.licence)}))
        if authentication.keeps_roles:
            # Signs and checks the tokens of CMF's own metadata service.
            pair = tls.PrivateKey(
                f"{name}-mds", algorithm="RSA", rsa_bits=2048, opts=pulumi.ResourceOptions(parent=self)
            )
            secrets.append(
                secret(TOKEN_SECRET, {"private.pem": pair.private_key_pem, "public.pem": pair.public_key_pem})
            )
        if authentication.kind == "oauth":
            client_id, client_secret = (
                pulumi.Output.secret(one) for one in (args.oauth_client_id, args.oauth_client_secret)
            )
            secrets.append(
                secret(
                    OAUTH_SECRET,
                    {
                        "client-id": client_id,
                        "client-secret": client_secret,
                        # The form that Confluent for Kubernetes reads.
                        "oauth.txt": pulumi.Output.format("clientId={0}\nclientSecret={1}\n", client_id, client_secret),
                    },
                )
            )
        # An account of our own: a role in AWS is given to a name, and the chart's own account takes no annotations.
        identity = args.cluster.identity(
            f"{name}-aws", namespace, CMF_ACCOUNT, args.policy_arns, pulumi.ResourceOptions(parent=self)
        )
        accounts = [make(manifest["kind"], manifest) for manifest in account_manifests(namespace, identity.annotations)]
        self.ready = []
        if not args.paused:
            database = args.database
            cmf = release(
                name,
                cluster,
                chart=CMF_NAME,
                repository=CONFLUENT_CHARTS,
                version=args.version,
                namespace=namespace,
                release_name="cmf",
                values=cmf_values(
                    authentication,
                    {
                        "host": database.host,
                        "port": database.port,
                        "database": database.database,
                        "user": database.user,
                    },
                    args.tls,
                    args.licence is not None,
                    identity.env,
                ),
                # A new CMF changes its database at its first start, and an old one does not read it any more: a release
                # that was taken back would be the one that cannot run. Mend forward.
                atomic=False,
                timeout=_TIMEOUT,
                opts=pulumi.ResourceOptions(
                    parent=self,
                    provider=cluster.provider,
                    # A Pod Identity reaches only pods that start after it.
                    depends_on=[*secrets, *accounts, *identity.ready, *cluster.ready, *args.needs],
                    custom_timeouts=pulumi.CustomTimeouts(create="70m", update="70m", delete="20m"),
                ),
            )
            self.ready = [cmf]
        else:
            self.ready = [*secrets, *args.needs]
        self.tls, self.authentication = args.tls, authentication
        scheme = "https" if args.tls else "http"
        self.namespace = pulumi.Output.from_input(namespace)
        self.service = pulumi.Output.from_input(CMF_SERVICE)
        self.port = pulumi.Output.from_input(CMF_PORT)
        self.url_in_cluster = pulumi.Output.from_input(url_in_cluster(scheme, namespace))
        self.service_account = pulumi.Output.from_input(CMF_ACCOUNT)
        self.register_outputs(
            {
                "namespace": self.namespace,
                "service": self.service,
                "port": self.port,
                "url_in_cluster": self.url_in_cluster,
                "service_account": self.service_account,
            }
        )

    def _encryption_key(self, name: str, args: ConfluentManagerArgs) -> pulumi.Output[str]:
        given = args.encryption_key
        if given is None:
            # Never made anew: CMF fixes the key at its first start on a database, and cannot rotate it.
            made = random.RandomBytes(
                f"{name}-encryption-key",
                length=_KEY_BYTES,
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect, ignore_changes=["length", "keepers"]),
            )
            given = made.hex.apply(lambda digits: base64.b64encode(bytes.fromhex(digits)).decode())
        return pulumi.Output.secret(given).apply(checked_key)


def url_in_cluster(scheme: str, namespace: str) -> str:
    """URL of CMF for programs within the cluster. The port is 80, over TLS as well."""
    return f"{scheme}://{CMF_SERVICE}.{namespace}.svc.cluster.local:{CMF_PORT}"


def _check(args: ConfluentManagerArgs) -> None:
    """Refuse what would only fail within the cluster."""
    if args.authentication.kind == "mtls" and not args.tls:
        raise problem(
            "CMF",
            "tls",
            "False with mTLS: CMF would see no client certificate",
            "True",
            "let TLS end at CMF (tls_endpoint.flavour passthrough or none), or take oauth",
        )
    if args.authentication.kind == "oauth" and (args.oauth_client_id is None or args.oauth_client_secret is None):
        raise problem(
            "CMF",
            "oauth_client_id, oauth_client_secret",
            "nothing, with oauth",
            "",
            "store them: pulumi config set --secret streaming-platform:cmf_oauth_client_id (and ..._secret)",
        )
    if args.cluster.access.placement(NodeRole.PLATFORM).tolerations:
        # Its chart has neither node selector nor tolerations.
        raise problem(
            "CMF",
            "cluster",
            "platform nodes with a taint",
            "platform nodes without",
            "taint the other nodes instead: CMF's chart cannot say which taints its pod stands, it would never start",
        )
