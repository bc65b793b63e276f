"""Prepares a database for capture, from within the cluster: isolated subnets are reached from nowhere else."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_random as random

from components.cluster.contract import Cluster, NodeRole
from components.cluster.objects import KubernetesObject
from components.postgres.contract import DatabaseLogin, PostgresAccess
from components.postgres.setup_sql import PASSWORD_SETTING, setup_sql
from components.versions import POSTGRES_CLIENT_IMAGE

FOLDER = "/etc/setup"


def container_env(login: Mapping[str, Any], secret: str) -> list[dict[str, Any]]:
    """Environment of psql: https://www.postgresql.org/docs/current/libpq-envars.html

    login:  host, port, database, user, ssl_mode, ca (whether there is a file of authorities)
    secret: Kubernetes Secret with `owner_password` and `cdc_password`
    """

    def from_secret(name: str, key: str) -> dict[str, Any]:
        return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}

    authorities = f"{FOLDER}/ca.pem" if login["ca"] else "system"
    # libpq refuses the system's authorities together with a mode that would not look at the name.
    check_host = login["ssl_mode"] == "verify-full"
    return [
        {"name": "PGHOST", "value": login["host"]},
        {"name": "PGPORT", "value": str(login["port"])},
        {"name": "PGDATABASE", "value": login["database"]},
        {"name": "PGUSER", "value": login["user"]},
        {"name": "PGSSLMODE", "value": login["ssl_mode"]},
        *([{"name": "PGSSLROOTCERT", "value": authorities}] if login["ca"] or check_host else []),
        {"name": "PGAPPNAME", "value": "streaming-platform-setup"},
        # Seconds: a host that does not answer is tried again by the Job.
        {"name": "PGCONNECT_TIMEOUT", "value": "10"},
        from_secret("PGPASSWORD", "owner_password"),
        from_secret("CDC_PASSWORD", "cdc_password"),
        # Kubernetes fills in the variable above. It goes with the connection and into no statement.
        {"name": "PGOPTIONS", "value": f"-c {PASSWORD_SETTING}=$(CDC_PASSWORD)"},
    ]


def job_manifest(
    name: str,
    namespace: str,
    config_map: str,
    env: Sequence[Mapping[str, Any]],
    image: str,
    pod: Mapping[str, Any],
) -> dict[str, Any]:
    """The Job. `pod` is the placement: nodeSelector and tolerations."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/name": "postgres-setup"},
            # A Job that failed is never run again: the next `up` replaces it.
            "annotations": {"pulumi.com/replaceUnready": "true"},
        },
        "spec": {
            "backoffLimit": 6,
            # Seconds; the waits between six attempts add up to about ten minutes.
            "activeDeadlineSeconds": 1200,
            "template": {
                "metadata": {"labels": {"app.kubernetes.io/name": "postgres-setup"}},
                "spec": {
                    **pod,
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    # 999 is `postgres` in the image.
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": 999,
                        "runAsGroup": 999,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [
                        {
                            "name": "psql",
                            "image": image,
                            "command": ["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--file={FOLDER}/setup.sql"],
                            "env": [dict(one) for one in env],
                            "securityContext": {
                                "allowPrivilegeEscalation": False,
                                "readOnlyRootFilesystem": True,
                                "capabilities": {"drop": ["ALL"]},
                            },
                            "resources": {
                                "requests": {"cpu": "50m", "memory": "64Mi"},
                                "limits": {"memory": "128Mi"},
                            },
                            "volumeMounts": [{"name": "setup", "mountPath": FOLDER, "readOnly": True}],
                        }
                    ],
                    "volumes": [{"name": "setup", "configMap": {"name": config_map}}],
                },
            },
        },
    }


@dataclass
class PostgresSetupArgs:
    """Inputs of `PostgresSetup`.

    cluster:     where the Job runs
    namespace:   its namespace
    login:       the owner of the database
    tables:      schema.table of each captured table
    user:        role that is made for capture (default cdc)
    publication: publication that is made (default streaming)
    after:       what has to exist before any of its objects does: the namespace, the way out to the registry of images
    image:       with psql 16 or newer, which knows the system's authorities (default: the official postgres image)
    """

    cluster: Cluster
    namespace: str
    login: DatabaseLogin
    tables: list[str]
    user: str = "cdc"
    publication: str = "streaming"
    after: Sequence[pulumi.Resource] = ()
    image: str = POSTGRES_CLIENT_IMAGE


class PostgresSetup(pulumi.ComponentResource):
    """Makes the role and the publication of change data capture by a Job that may run again at any time.

    The Job's name carries a hash of all that it does: another list of tables is another Job. Captured tables belong to
    the owner of the database, or to a role that was granted to it; another one's table is not captured, and says so.
    `access` is what capture takes; it waits for the Job.

    Outputs: user, publication.
    """

    user: pulumi.Output[str]
    publication: pulumi.Output[str]

    access: PostgresAccess

    def __init__(self, name: str, args: PostgresSetupArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:PostgresSetup", name, None, opts)
        cluster, login = args.cluster.access, args.login
        # Each object by itself: what a component depends on does not hold for its children.
        child = pulumi.ResourceOptions(parent=self, provider=cluster.provider, depends_on=list(args.after))
        # Letters and digits, because it goes through a connection option and a properties file.
        password = random.RandomPassword(name, length=32, special=False, opts=pulumi.ResourceOptions(parent=self))
        sql = setup_sql(args.user, args.publication, args.tables)
        labels = {"app.kubernetes.io/name": "postgres-setup"}
        with_ca = login.ca_certificates is not None
        config = KubernetesObject(
            f"{name}-script",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": args.namespace, "labels": labels},
                "data": {"setup.sql": sql, **({"ca.pem": login.ca_certificates} if with_ca else {})},
            },
            opts=child,
        )
        secret = KubernetesObject(
            f"{name}-passwords",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": args.namespace, "labels": labels},
                "type": "Opaque",
                "stringData": {
                    "owner_password": pulumi.Output.secret(login.password),
                    "cdc_password": pulumi.Output.secret(password.result),
                },
            },
            opts=child,
        )
        env = container_env(
            {
                "host": login.host,
                "port": login.port,
                "database": login.database,
                "user": login.user,
                "ssl_mode": login.ssl_mode,
                "ca": with_ca,
            },
            name,
        )
        # The host is left out: it is not known before the database is there, and a name has to be known then.
        known = json.dumps([sql, args.image, login.database, login.user, login.ssl_mode])
        job = KubernetesObject(
            f"{name}-job",
            job_manifest(
                f"{name}-{hashlib.sha256(known.encode()).hexdigest()[:8]}",
                args.namespace,
                name,
                env,
                args.image,
                cluster.placement(NodeRole.PLATFORM).pod_spec(),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=cluster.provider,
                depends_on=[config, secret, *args.after, *login.ready, *cluster.ready],
                # A Job's template cannot be changed: another one has another name, and the old one may go first.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="25m"),
            ),
            wait=cluster.wait,
        )
        self.access = PostgresAccess(
            host=login.host,
            port=login.port,
            database=login.database,
            user=args.user,
            publication=args.publication,
            password=pulumi.Output.secret(password.result),
            ready=[job],
            ssl_mode=login.ssl_mode,
            ca_certificates=login.ca_certificates,
        )
        self.user = pulumi.Output.from_input(args.user)
        self.publication = pulumi.Output.from_input(args.publication)
        self.register_outputs({"user": self.user, "publication": self.publication})
