"""The operators that Flink on Kubernetes needs: cert-manager, Confluent's Flink operator, Confluent for Kubernetes.

Order and teardown. cert-manager -> Flink operator -> namespaces of the environments -> Confluent for Kubernetes ->
(by what depends on `ready`) CMF and the custom resources. A destroy goes the other way: the custom resources first,
then Confluent for Kubernetes and CMF, and then the namespaces *before* the Flink operator. CMF deletes FlinkDeployments
without waiting for them, and each has a finalizer that only the operator takes off. A namespace is gone when all in it
is, so its deletion is what waits for them, and the operator is still there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components import versions
from components.cluster.contract import ClusterAccess, NodeRole
from components.cluster.objects import KubernetesObject
from components.flink.cmf.network_policies import cert_manager_doors, environment_doors, platform_doors
from components.flink.cmf.operator_values import (
    cert_manager_values,
    cfk_values,
    flink_operator_values,
    operator_rbac,
)

CONFLUENT_CHARTS = "https://packages.confluent.io/helm"
JETSTACK_CHARTS = "https://charts.jetstack.io"
CERT_MANAGER_NAMESPACE = "cert-manager"
# Seconds. Nodes of an Auto Mode cluster start for the first pod, images come from the internet.
_TIMEOUT = 900


@dataclass
class FlinkOperatorsArgs:
    """Inputs of `FlinkOperators`.

    cluster:                where they run
    namespace:              of the Flink operator, Confluent for Kubernetes and CMF; it is made here
    environment_namespaces: namespaces in which Flink runs; they are made here
    cert_manager:           False where the cluster has a cert-manager already (default True)
    with_sql:               also the custom resources of CMF's SQL, a preview (default False)
    paused:                 True leaves the Flink operator out, for an upgrade (docs/upgrades.md); jobs go on (default
                            False)
    operator_version, cfk_version, cert_manager_version: of the charts
    needs:                  what has to exist before, beside what `cluster` waits for
    """

    cluster: ClusterAccess
    namespace: str
    environment_namespaces: Sequence[str]
    cert_manager: bool = True
    with_sql: bool = False
    paused: bool = False
    operator_version: str = versions.FLINK_OPERATOR
    cfk_version: str = versions.CFK
    cert_manager_version: str = versions.CERT_MANAGER
    needs: Sequence[pulumi.Resource] = field(default_factory=tuple)


class FlinkOperators(pulumi.ComponentResource):
    """Namespaces and the three operators.

    Outputs: namespace, environment_namespaces.
    Attributes for Python programs: `certificates_ready` (before an Issuer or Certificate), `ready` (before a custom
    resource of Flink or CFK), `flink_ready` (before CMF, which needs the Flink operator and not CFK),
    `platform_namespace` (before anything else in `namespace`), `environments` (namespace -> its resource).
    """

    namespace: pulumi.Output[str]
    environment_namespaces: pulumi.Output[list[str]]
    certificates_ready: Sequence[pulumi.Resource]
    ready: Sequence[pulumi.Resource]
    flink_ready: Sequence[pulumi.Resource]
    platform_namespace: pulumi.Resource
    environments: dict[str, pulumi.Resource]

    def __init__(self, name: str, args: FlinkOperatorsArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:FlinkOperators", name, None, opts)
        cluster, placement = args.cluster, args.cluster.placement(NodeRole.PLATFORM)
        before = [*args.needs]
        platform = KubernetesObject(f"{name}-namespace", namespace(args.namespace), self._options(cluster, before))

        managers: list[pulumi.Resource] = []
        homes: list[pulumi.Resource] = []
        if args.cert_manager:
            home = KubernetesObject(
                f"{name}-cert-manager-namespace", namespace(CERT_MANAGER_NAMESPACE), self._options(cluster, before)
            )
            homes.append(home)
            managers.append(
                release(
                    f"{name}-cert-manager",
                    cluster,
                    chart="cert-manager",
                    repository=JETSTACK_CHARTS,
                    version=args.cert_manager_version,
                    namespace=CERT_MANAGER_NAMESPACE,
                    values=cert_manager_values(CERT_MANAGER_NAMESPACE, placement),
                    opts=self._options(cluster, [home, *cluster.ready]),
                )
            )

        flink: list[pulumi.Resource] = []
        # Before the operator and so deleted after it. They stay while it is paused.
        rights = [
            KubernetesObject(f"{name}-flink-operator-{manifest['kind']}", manifest, self._options(cluster, before))
            for manifest in operator_rbac(f"flink-operator-{args.namespace}", args.namespace)
        ]
        if not args.paused:
            flink.append(
                release(
                    f"{name}-flink-operator",
                    cluster,
                    chart="flink-kubernetes-operator",
                    repository=CONFLUENT_CHARTS,
                    version=args.operator_version,
                    namespace=args.namespace,
                    release_name="cp-flink-kubernetes-operator",
                    values=flink_operator_values(args.environment_namespaces, placement),
                    # The webhook's certificate needs cert-manager.
                    opts=self._options(cluster, [platform, *rights, *managers, *cluster.ready]),
                )
            )
        self.environments = {
            one: KubernetesObject(
                f"{name}-{one}",
                namespace(one),
                # After the operator, so that it is deleted before it: see above. Minutes: Flink shuts down in order.
                self._options(cluster, [*rights, *flink, *before], pulumi.CustomTimeouts(delete="20m")),
            )
            for one in args.environment_namespaces
        }
        cfk = release(
            f"{name}-confluent-for-kubernetes",
            cluster,
            chart="confluent-for-kubernetes",
            repository=CONFLUENT_CHARTS,
            version=args.cfk_version,
            namespace=args.namespace,
            release_name="confluent-operator",
            values=cfk_values(args.namespace, args.environment_namespaces, placement, args.with_sql),
            # Its Roles are in all these namespaces.
            opts=self._options(cluster, [platform, *self.environments.values(), *cluster.ready]),
        )
        closed = [(platform_doors(args.namespace), platform)]
        closed += [(environment_doors(one, args.namespace), home) for one, home in self.environments.items()]
        closed += [(cert_manager_doors(CERT_MANAGER_NAMESPACE), home) for home in homes]
        for manifest, home in closed:
            place = manifest["metadata"]["namespace"]
            KubernetesObject(f"{name}-doors-{place}", manifest, self._options(cluster, [home]))
        self.platform_namespace = platform
        self.certificates_ready = [platform, *managers]
        self.ready = [*flink, cfk]
        self.flink_ready = [*rights, *flink, platform]
        self.namespace = pulumi.Output.from_input(args.namespace)
        self.environment_namespaces = pulumi.Output.from_input(list(args.environment_namespaces))
        self.register_outputs({"namespace": self.namespace, "environment_namespaces": self.environment_namespaces})

    def _options(
        self,
        cluster: ClusterAccess,
        needs: Sequence[pulumi.Resource],
        timeouts: pulumi.CustomTimeouts | None = None,
    ) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self, provider=cluster.provider, depends_on=list(needs), custom_timeouts=timeouts
        )


def namespace(name: str) -> dict[str, Any]:
    """A Namespace in which no pod gets at its node: Kubernetes' own standard `baseline` is enforced, and what would not
    pass the stricter one is reported."""
    standards = {"enforce": "baseline", "warn": "restricted"}
    labels = {f"pod-security.kubernetes.io/{mode}": standard for mode, standard in standards.items()}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def release(
    name: str,
    cluster: ClusterAccess,
    chart: str,
    repository: str,
    version: str,
    namespace: str,
    values: dict[str, Any],
    opts: pulumi.ResourceOptions,
    release_name: str | None = None,
    atomic: bool = True,
    timeout: int = _TIMEOUT,
) -> kubernetes.helm.v3.Release:
    """A Helm release with a pinned version.

    A Release and no Chart: Helm runs the hooks, and templates with random values (CMF's `rollme`) give no difference at
    each preview.
    atomic:  a failed install or upgrade is taken back, so that the next `up` meets no half-made release. False where
             the way back does not exist
    timeout: seconds for each Kubernetes operation of Helm
    """
    return kubernetes.helm.v3.Release(
        name,
        name=release_name or chart,
        chart=chart,
        version=version,
        repository_opts=kubernetes.helm.v3.RepositoryOptsArgs(repo=repository),
        namespace=namespace,
        # Namespaces are resources of their own, so that their order at a destroy is known.
        create_namespace=False,
        values=values,
        timeout=timeout,
        # Helm waits for what is atomic, whatever else is said.
        atomic=atomic and cluster.wait,
        cleanup_on_fail=atomic,
        skip_await=not cluster.wait,
        max_history=5,
        opts=opts,
    )
