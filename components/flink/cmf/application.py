"""One Flink application on Kubernetes, managed by CMF."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.application import Application
from components.cluster.contract import Cluster, NodeRole
from components.cluster.objects import KubernetesObject
from components.errors import problem
from components.flink.cmf.application_manifests import (
    STATEMENTS_FILE,
    STATEMENTS_LIMIT,
    configuration_hash,
    disruption_budgets,
    flink_application,
    job_rbac,
    pod_template,
    service_account,
    statements_config_map,
)
from components.flink.cmf.flink_configuration import application_configuration
from components.flink.cmf.names import flink_name
from components.flink.cmf.secrets import split_secrets
from components.flink.cmf.settings import ApplicationSettings
from components.flink.contract import LakeAccess
from components.flink.sql import job_statements
from components.kafka.contract import GrantedAccess, java_client_properties


@dataclass
class CmfApplicationArgs:
    """Inputs of `CmfApplication`.

    application: its spec and SQL
    kafka, lake: what it reads from and writes to
    cluster:     where it runs
    namespace:   of its pods: the namespace of its environment
    environment: CMF environment
    rest_class:  name and namespace of the CMFRestClass
    image:       with the SQL runner and the connectors
    flink_version, s3_plugin: as rows of components/compatibility.py
    settings:    sizes, slots, upgrades
    policy_arns: short name -> IAM policy that every application needs (its state)
    salt:        keeps passwords from being guessed by `configuration_hash`
    namespace_ready: what has to exist before anything is in the namespace
    needs:       what has to exist before it starts: its environment, topics, databases
    """

    application: Application
    kafka: GrantedAccess
    lake: LakeAccess
    cluster: Cluster
    namespace: str
    environment: str
    rest_class: Mapping[str, str]
    image: pulumi.Input[str]
    flink_version: str
    s3_plugin: str
    settings: ApplicationSettings
    policy_arns: Mapping[str, pulumi.Input[str]]
    salt: pulumi.Input[str]
    namespace_ready: Sequence[pulumi.Resource] = field(default_factory=tuple)
    needs: Sequence[pulumi.Resource] = field(default_factory=tuple)


class CmfApplication(pulumi.ComponentResource):
    """ServiceAccount with its rights in the namespace and in AWS, SQL, secrets, disruption budgets, FlinkApplication.

    Outputs: job (name), parallelism, statements, tables (Iceberg tables), service_account.
    """

    job: pulumi.Output[str]
    parallelism: pulumi.Output[int]
    statements: pulumi.Output[list[str]]
    tables: pulumi.Output[list[str]]
    service_account: pulumi.Output[str]

    def __init__(self, name: str, args: CmfApplicationArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:CmfApplication", name, None, opts)
        settings, namespace = args.settings, args.namespace
        application = settings.applied_to(args.application)
        job = flink_name(application.name, application.where, "name")
        parallelism = application.spec.parallelism
        _check(application, settings)
        access = args.cluster.access

        def make(logical: str, manifest: dict[str, Any], needs: Sequence[pulumi.Resource] = ()) -> pulumi.Resource:
            return KubernetesObject(
                f"{name}-{logical}",
                manifest,
                pulumi.ResourceOptions(
                    parent=self,
                    provider=access.provider,
                    depends_on=[*args.namespace_ready, *needs],
                    # In another namespace or environment it is another job: never two that write the same tables.
                    delete_before_replace=True,
                ),
            )

        policies = {**args.policy_arns, **args.kafka.policy_arns}
        if args.lake.writer_policy_arn is not None:
            policies["lake"] = args.lake.writer_policy_arn
        identity = args.cluster.identity(name, namespace, job, policies, pulumi.ResourceOptions(parent=self))
        before: list[pulumi.Resource] = []
        if args.lake.grant_writer is not None and identity.role_arn is not None:
            before += args.lake.grant_writer(job, identity.role_arn)
        before += [make("account", service_account(job, namespace, identity.annotations))]
        before += [make(manifest["kind"].lower(), manifest) for manifest in job_rbac(job, namespace)]

        public, secrets = split_secrets(java_client_properties(args.kafka.access))
        # The public half only: what is made from secrets is a secret, and nobody could review the SQL of a change.
        self.statements = pulumi.Output.all(args.lake.catalog, pulumi.Output.all(**public)).apply(
            lambda known: _fitting(application, job_statements(application, known[1], known[0]))
        )
        config_map = statements_config_map(f"{job}-statements", namespace, [])
        config_map["data"] = {STATEMENTS_FILE: self.statements.apply(lambda lines: json.dumps(lines, indent=1))}
        before.append(make("statements", config_map))
        secret_name = f"{job}-kafka" if secrets else None
        if secret_name:
            before.append(
                make(
                    "secrets",
                    {
                        "apiVersion": "v1",
                        "kind": "Secret",
                        "metadata": {"name": secret_name, "namespace": namespace},
                        "stringData": {key: pulumi.Output.secret(value) for key, value in secrets.items()},
                    },
                )
            )
        # Pods read both when they start. No secret any more: a salted hash, cut to 64 bits; a plan may show it.
        digest = pulumi.Output.unsecret(
            pulumi.Output.all(args.salt, self.statements, pulumi.Output.all(**secrets)).apply(
                lambda known: configuration_hash(known[0], known[1], known[2])
            )
        )
        for budget in disruption_budgets(job, namespace, settings, parallelism):
            make(f"budget-{budget['metadata']['name'].rpartition('-')[2]}", budget)
        environment = [
            {"name": "ENABLE_BUILT_IN_PLUGINS", "value": args.s3_plugin},
            {"name": "AWS_REGION", "value": args.lake.region},
            *identity.env,
        ]
        make(
            "application",
            flink_application(
                job,
                namespace,
                args.environment,
                args.rest_class,
                args.image,
                args.flink_version,
                application_configuration(application, settings),
                settings,
                parallelism,
                pod_template(f"{job}-statements", secret_name, environment, digest),
                (access.placement(NodeRole.JOB_MANAGER), access.placement(NodeRole.TASK_MANAGER)),
            ),
            # A destroy deletes it first: CMF, the operators and its rights are there until its finalizer is off.
            [*before, *identity.ready, *args.kafka.ready, *args.needs],
        )
        self.job = pulumi.Output.from_input(job)
        self.parallelism = pulumi.Output.from_input(parallelism)
        self.tables = pulumi.Output.from_input([sink.name for sink in application.spec.sinks])
        self.service_account = pulumi.Output.from_input(job)
        self.register_outputs(
            {
                "job": self.job,
                "parallelism": self.parallelism,
                "statements": self.statements,
                "tables": self.tables,
                "service_account": self.service_account,
            }
        )


def _check(application: Application, settings: ApplicationSettings) -> None:
    """Refuse what Flink would refuse when it starts."""
    if application.spec.parallelism > settings.max_parallelism:
        raise problem(
            application.where,
            "parallelism",
            str(application.spec.parallelism),
            f"at most {settings.max_parallelism}, the max_parallelism of its stack",
            "lower it; a higher max_parallelism makes state that exists unreadable",
        )


def _fitting(application: Application, statements: list[str]) -> list[str]:
    size = len(json.dumps(statements, indent=1).encode())
    if size > STATEMENTS_LIMIT:
        raise problem(
            application.where,
            "transformation.sql",
            f"{size:,} bytes with its tables",
            f"{STATEMENTS_LIMIT:,} bytes, which a ConfigMap holds",
            "divide the application into two",
        )
    return statements
