"""CMF's own SQL beside the applications, from the settings."""

import pulumi

from components.cluster.contract import Cluster
from components.flink.cmf.environment import CmfFlink
from components.flink.cmf.settings import PodSize
from components.flink.cmf.statements import CmfSql, CmfSqlArgs, Statement
from components.kafka.contract import GrantedAccess, Workload
from components.platform.foundation import Foundation
from components.settings.flink import SqlPools

SR_CATALOG_TOPIC = "_confluent_sr_catalog"
"""Made when the catalog is first used."""


def sql_workload(topics: list[str]) -> Workload:
    """What pools ask of Kafka: any of the topics, and all transactional ids, for their prefix cannot be chosen."""
    return Workload(
        "flink-sql",
        reads=[*topics, SR_CATALOG_TOPIC],
        writes=[*topics, SR_CATALOG_TOPIC],
        consumer_group="*",
        transactional_ids=["*"],
    )


def sql_of(
    sql: SqlPools,
    environment: str,
    flink: CmfFlink,
    base: Foundation,
    cluster: Cluster,
    kafka: GrantedAccess,
    needs: list[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> CmfSql:
    """Compute pools and statements. kafka: what `grant(sql_workload(...))` gave; needs: the topics"""
    return CmfSql(
        "sql",
        CmfSqlArgs(
            cluster=cluster,
            environment=environment,
            rest_class=flink.rest_class,
            kafka=kafka,
            state_bucket=base.state_store.bucket,
            state_policy_arn=base.state_store.policy_arn,
            pools={name: PodSize(**size.model_dump()) for name, size in sql.pools.items()},
            statements={name: Statement(**one.model_dump()) for name, one in sql.statements.items()},
            needs=[*flink.ready, *needs],
        ),
        opts=child,
    )
