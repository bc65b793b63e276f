"""Settings of a stack as the plain data that the components take. For `components/platform`, which knows both."""

from components.flink.cmf.manager_values import Authentication
from components.flink.cmf.settings import ApplicationSettings, PodSize
from components.flink.cmf.statements import Statement
from components.settings.flink import ApplicationDefaults, CmfFlink, OauthAuthentication, Quantity, SqlPools


def pod_size(quantity: Quantity) -> PodSize:
    return PodSize(quantity.cpu, quantity.memory_mib)


def application_settings(settings: ApplicationDefaults) -> ApplicationSettings:
    return ApplicationSettings(
        job_manager=pod_size(settings.job_manager),
        task_manager=pod_size(settings.task_manager),
        task_slots=settings.task_slots,
        upgrade_mode=settings.upgrade_mode.value,
        standby_job_managers=settings.standby_job_managers,
        autoscaler=settings.autoscaler,
        max_parallelism=settings.max_parallelism,
        restore_from=settings.restore_from,
        allow_dropped_state=settings.allow_dropped_state,
    )


def authentication(flink: CmfFlink) -> Authentication:
    found = flink.authentication
    if found.kind == "none":
        return Authentication("none", authorize=False)
    if isinstance(found, OauthAuthentication):
        return Authentication(**found.model_dump(), authorize=flink.authorization)
    return Authentication(found.kind, found.administrators, flink.authorization)


def sql_pools(sql: SqlPools) -> dict[str, PodSize]:
    return {name: pod_size(size) for name, size in sql.pools.items()}


def sql_statements(sql: SqlPools) -> dict[str, Statement]:
    return {name: Statement(**statement.model_dump()) for name, statement in sql.statements.items()}
