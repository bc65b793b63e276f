"""CMF and its Flink environment, from the settings."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.contract import Cluster
from components.flink.cmf.certificates import CmfCertificates, CmfCertificatesArgs
from components.flink.cmf.environment import CmfFlink, CmfFlinkArgs
from components.flink.cmf.manager import ConfluentManager, ConfluentManagerArgs
from components.flink.cmf.manager_values import Authentication
from components.flink.cmf.operators import FlinkOperators, FlinkOperatorsArgs
from components.flink.cmf.settings import ApplicationSettings, PodSize
from components.platform.foundation import Foundation
from components.postgres import DatabaseLogin
from components.settings import PROJECT, Settings
from components.settings import flink as chosen
from components.settings.tls_endpoint import IngressEndpoint, PassthroughEndpoint, TerminatingEndpoint

PLATFORM_NAMESPACE = "platform"
"""Operators, CMF, Schema Registry, Connect and the topics job."""


@dataclass(frozen=True)
class ManagedFlink:
    """operators, certificates (None where TLS does not end at CMF), manager."""

    operators: FlinkOperators
    certificates: CmfCertificates | None
    manager: ConfluentManager


def operators_of(flink: chosen.CmfFlink, cluster: Cluster, child: pulumi.ResourceOptions) -> FlinkOperators:
    """Namespaces and operators."""
    return FlinkOperators(
        "flink-operators",
        FlinkOperatorsArgs(
            cluster=cluster.access,
            namespace=PLATFORM_NAMESPACE,
            environment_namespaces=[flink.environment],
            cert_manager=flink.cert_manager,
            with_sql=flink.sql is not None,
            paused=flink.paused,
        ),
        opts=child,
    )


def manager_of(
    settings: Settings,
    flink: chosen.CmfFlink,
    base: Foundation,
    cluster: Cluster,
    operators: FlinkOperators,
    database: DatabaseLogin,
    needs: Sequence[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> ManagedFlink:
    """CMF with its certificates."""
    authentication = _authentication(flink)
    # A load balancer or an Ingress that ends TLS speaks HTTP with the pod.
    tls = not isinstance(settings.tls_endpoint, TerminatingEndpoint | IngressEndpoint)
    certificates = None
    if tls:
        endpoint = settings.tls_endpoint
        certificates = CmfCertificates(
            "cmf-certificates",
            CmfCertificatesArgs(
                cluster=cluster.access,
                namespace=PLATFORM_NAMESPACE,
                administrators=authentication.administrators if authentication.kind == "mtls" else (),
                host_names=[endpoint.host_name] if isinstance(endpoint, PassthroughEndpoint) else [],
                needs=operators.certificates_ready,
            ),
            opts=child,
        )
    config = pulumi.Config(PROJECT)
    oauth = authentication.kind == "oauth"
    manager = ConfluentManager(
        "cmf",
        ConfluentManagerArgs(
            cluster=cluster,
            namespace=PLATFORM_NAMESPACE,
            database=database,
            authentication=authentication,
            tls=tls,
            # CMF compiles the SQL of its pools itself, and then needs what its writers need. Without pools it needs
            # nothing of AWS: applications bring their own rights.
            policy_arns={"lake": base.lakehouse.writer_policy_arn} if flink.sql is not None else {},
            licence=_licence(flink.licence_secret, child) if flink.licence_secret else None,
            oauth_client_id=config.require_secret("cmf_oauth_client_id") if oauth else None,
            oauth_client_secret=config.require_secret("cmf_oauth_client_secret") if oauth else None,
            protect=settings.protect,
            paused=flink.paused,
            version=flink.version,
            needs=[*operators.flink_ready, *(certificates.ready if certificates else ()), *database.ready, *needs],
        ),
        opts=child,
    )
    return ManagedFlink(operators, certificates, manager)


def environment_of(
    flink: chosen.CmfFlink,
    base: Foundation,
    cluster: Cluster,
    managed: ManagedFlink,
    image: pulumi.Input[str],
    needs: Sequence[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> CmfFlink:
    """The environment in which the applications run. needs: before they start"""
    manager, operators = managed.manager, managed.operators
    return CmfFlink(
        "flink",
        CmfFlinkArgs(
            cluster=cluster,
            manager_namespace=PLATFORM_NAMESPACE,
            manager_url=manager.url_in_cluster,
            authentication=manager.authentication,
            tls=manager.tls,
            environment=flink.environment,
            state_bucket=base.state_store.bucket,
            state_policy_arn=base.state_store.policy_arn,
            image=image,
            defaults=_sizes(flink.defaults),
            overrides={name: _sizes(one) for name, one in flink.overrides.items()},
            namespace_ready=list(operators.environments.values()),
            manager_ready=[*manager.ready, *operators.ready],
            needs=needs,
        ),
        opts=child,
    )


def _sizes(settings: chosen.ApplicationDefaults) -> ApplicationSettings:
    values = settings.model_dump()
    pods = {name: PodSize(**values.pop(name)) for name in ("job_manager", "task_manager")}
    values["upgrade_mode"] = settings.upgrade_mode.value
    return ApplicationSettings(**pods, **values)


def _authentication(flink: chosen.CmfFlink) -> Authentication:
    return Authentication(**flink.authentication.model_dump(), authorize=flink.authorization)


def _licence(name: str, child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The licence, read when the program runs: it is not the platform's to make."""
    found = aws.secretsmanager.get_secret_version_output(secret_id=name, opts=pulumi.InvokeOptions(parent=child.parent))
    return pulumi.Output.secret(found.secret_string)
