"""Flink on Kubernetes as a flavour: a CMF environment, and the applications that run in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_random as random

from components import versions
from components.application import Application
from components.cluster.contract import Cluster
from components.cluster.objects import KubernetesObject
from components.compatibility import flink_line
from components.flink.cmf.application import CmfApplication, CmfApplicationArgs
from components.flink.cmf.certificates import OPERATOR_SECRET
from components.flink.cmf.flink_configuration import environment_configuration
from components.flink.cmf.manager_values import OAUTH_SECRET, Authentication
from components.flink.cmf.names import flink_name
from components.flink.cmf.settings import ApplicationSettings
from components.flink.contract import LakeAccess
from components.kafka.contract import GrantedAccess

REST_CLASS = "cmf"


def cmf_rest_class(namespace: str, url: Any, authentication: Authentication, tls: bool) -> dict[str, Any]:
    """How Confluent for Kubernetes reaches CMF.

    It can do without authentication, with mTLS, and with OAuth; "authentication type basic is not supported", nor is
    bearer. OAuth to a CMF that keeps roles itself did not work where it was tried in public (CMF 2.4, OSO adrs/0018).
    """
    rest: dict[str, Any] = {"endpoint": url}
    if tls:
        # tls.crt, tls.key and ca.crt, as cert-manager writes them.
        rest["tls"] = {"secretRef": OPERATOR_SECRET}
    if authentication.kind == "mtls":
        rest["authentication"] = {"type": "mtls", "sslClientAuthentication": True}
    if authentication.kind == "oauth":
        rest["authentication"] = {
            "type": "oauth",
            "oauth": {
                "secretRef": OAUTH_SECRET,
                "configuration": {
                    "tokenEndpointUri": authentication.token_url,
                    "audience": authentication.audience,
                    "subClaimName": authentication.subject_claim,
                },
            },
        }
    return {
        "apiVersion": "platform.confluent.io/v1beta1",
        "kind": "CMFRestClass",
        "metadata": {"name": REST_CLASS, "namespace": namespace},
        "spec": {"cmfRest": rest},
    }


def flink_environment(
    name: str, namespace: str, rest_class: Mapping[str, str], configuration: Any, sql_configuration: Any = None
) -> dict[str, Any]:
    """The FlinkEnvironment, in the namespace in which its applications run.

    configuration:     Flink's, for every application; none of them can override it
    sql_configuration: Flink's, for every SQL statement
    """
    spec: dict[str, Any] = {
        # For good: Kubernetes refuses a change.
        "kubernetesNamespace": namespace,
        "cmfRestClassRef": dict(rest_class),
        "flinkApplicationDefaults": {"spec": {"flinkConfiguration": configuration}},
    }
    if sql_configuration is not None:
        spec["statementDefaults"] = {"detached": {"flinkConfiguration": sql_configuration}}
    return {
        "apiVersion": "platform.confluent.io/v1beta1",
        "kind": "FlinkEnvironment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


@dataclass
class CmfFlinkArgs:
    """Inputs of `CmfFlink`.

    cluster:            where it runs
    manager_namespace:  namespace of CMF and Confluent for Kubernetes
    manager_url:        of CMF within the cluster
    authentication, tls: of CMF: `ConfluentManager.authentication` and `.tls`
    environment:        CMF environment; also the namespace of its applications, which exists
    state_bucket:       S3 bucket for checkpoints, savepoints and high availability
    state_policy_arn:   IAM policy of who uses that bucket
    image:              of the applications
    defaults:           how applications run
    overrides:          application -> how it runs instead
    flink_version:      of the image
    namespace_ready:    before anything is in the environment's namespace: `FlinkOperators.environments`
    manager_ready:      before custom resources: `ConfluentManager.ready` and `FlinkOperators.ready`
    needs:              before applications start: topics and ACLs, the way to S3 and Glue
    """

    cluster: Cluster
    manager_namespace: str
    manager_url: pulumi.Input[str]
    authentication: Authentication
    tls: bool
    environment: str
    state_bucket: pulumi.Input[str]
    state_policy_arn: pulumi.Input[str]
    image: pulumi.Input[str]
    defaults: ApplicationSettings = field(default_factory=ApplicationSettings)
    overrides: Mapping[str, ApplicationSettings] = field(default_factory=dict)
    flink_version: str = versions.FLINK
    namespace_ready: Sequence[pulumi.Resource] = field(default_factory=tuple)
    manager_ready: Sequence[pulumi.Resource] = field(default_factory=tuple)
    needs: Sequence[pulumi.Resource] = field(default_factory=tuple)


class CmfFlink(pulumi.ComponentResource):
    """A CMF environment: the `FlinkRuntime` on Kubernetes.

    Custom resources need each other in this order, and a destroy takes them away in the other: CMFRestClass (how to
    reach CMF), FlinkEnvironment, applications. Each has a finalizer that asks CMF, so CMF and both operators outlive
    them; `manager_ready` says so. Pulumi always waits until they have gone (no skipAwait, whatever the cluster says):
    else the next in line would be deleted while a finalizer still needs it.

    Outputs: environment, namespace.
    Attributes for Python programs: `rest_class` (name and namespace), `ready` (before what lives in the environment).
    """

    environment: pulumi.Output[str]
    namespace: pulumi.Output[str]
    rest_class: dict[str, str]
    ready: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: CmfFlinkArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:CmfFlink", name, None, opts)
        self._args, self._line = args, flink_line(args.flink_version)
        environment = flink_name(args.environment, "flink settings", "flink.environment")
        access = args.cluster.access
        self.rest_class = {"name": REST_CLASS, "namespace": args.manager_namespace}

        def make(logical: str, manifest: dict[str, Any], needs: Sequence[pulumi.Resource]) -> pulumi.Resource:
            return KubernetesObject(
                f"{name}-{logical}",
                manifest,
                pulumi.ResourceOptions(parent=self, provider=access.provider, depends_on=list(needs)),
            )

        rest = make(
            "rest-class",
            cmf_rest_class(args.manager_namespace, args.manager_url, args.authentication, args.tls),
            args.manager_ready,
        )
        configuration = pulumi.Output.from_input(args.state_bucket).apply(
            lambda bucket: environment_configuration(bucket, environment)
        )
        self.ready = [
            make(
                "environment",
                flink_environment(environment, environment, self.rest_class, configuration),
                [rest, *args.namespace_ready],
            )
        ]
        # In Pulumi's state only; see `configuration_hash`.
        self._salt = random.RandomBytes(f"{name}-salt", length=16, opts=pulumi.ResourceOptions(parent=self)).hex
        self.environment = pulumi.Output.from_input(environment)
        self.namespace = pulumi.Output.from_input(environment)
        self.register_outputs({"environment": self.environment, "namespace": self.namespace})

    def run(self, application: Application, kafka: GrantedAccess, lake: LakeAccess) -> CmfApplication:
        """Declare that `application` runs in this environment."""
        args, line = self._args, self._line
        assert line.enum  # noqa: S101 flink_line gives no other
        return CmfApplication(
            application.name,
            CmfApplicationArgs(
                application=application,
                kafka=kafka,
                lake=lake,
                cluster=args.cluster,
                namespace=args.environment,
                environment=args.environment,
                rest_class=self.rest_class,
                image=args.image,
                flink_version=line.enum,
                s3_plugin=line.s3_plugin,
                settings=args.overrides.get(application.name, args.defaults),
                policy_arns={"state": args.state_policy_arn},
                salt=self._salt,
                namespace_ready=args.namespace_ready,
                needs=[*self.ready, *args.needs],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
