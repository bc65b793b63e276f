"""Names that the parts of Flink on Kubernetes share, and what CMF and the operator take as a name."""

import re

from components.errors import problem

CMF_NAME = "confluent-manager-for-apache-flink"
"""What CMF's chart calls its Deployment, ServiceAccount and ClusterRole, whatever the release is called."""
CMF_ACCOUNT = "cmf"
"""ServiceAccount of CMF's pod, made here."""
CMF_SERVICE = "cmf-service"
"""The chart's Service in front of CMF, with port 80, over TLS as well."""
CMF_PORT = 80
FLINK_CONTAINER = "flink-main-container"
"""Flink looks for this container in a pod template."""
FLINK_UID = 9999
"""User and group `flink` in Flink's images."""

_NAME = re.compile(r"[a-z][a-z0-9-]{2,43}[a-z0-9]")


def flink_name(name: str, where: str, key: str) -> str:
    """`name`, if CMF and the Flink operator take it as the name of an application, pool or statement.

    The operator: a lower case letter first, then letters, digits and hyphens, at most 45 characters (its
    DefaultValidator). CMF: at least 4 characters (its OpenAPI document).
    Raises PlatformError otherwise; `where` and `key` are for its message.
    """
    if not _NAME.fullmatch(name):
        raise problem(
            where,
            key,
            name,
            "4 to 45 lower case letters, digits and hyphens; a letter first, no hyphen last",
            "rename it: it becomes the name of a FlinkDeployment and of its pods",
        )
    return name


def environment_service_account(environment: str) -> str:
    """The ServiceAccount under which CMF runs SQL statements; CMF makes it in the environment's namespace."""
    return f"cmf-env-sa-{environment}"
