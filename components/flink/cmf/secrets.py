"""What of a Kafka client's configuration is secret, and how a job gets it without anybody seeing it."""

import re
from collections.abc import Mapping
from typing import Any

# Values that let somebody in. `ssl.keystore.key` is a private key as PEM text.
_SECRET_KEYS = re.compile(
    r"(^|\.)(sasl\.jaas\.config|basic\.auth\.user\.info|password|ssl\.keystore\.key|client\.secret|clientsecret)$"
)


def is_secret(key: str) -> bool:
    """Whether the value of a Kafka or Schema Registry property lets somebody in."""
    return _SECRET_KEYS.search(key.lower()) is not None


def variable_name(key: str) -> str:
    """`sasl.jaas.config` -> `KAFKA_SASL_JAAS_CONFIG`."""
    return "KAFKA_" + re.sub(r"[^A-Za-z0-9]", "_", key).upper()


def split_secrets(properties: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Java client properties as (those for everybody to see, {environment variable: secret value}).

    In the first each secret is `${env:NAME}`, which the SQL runner fills in within a string literal. Values may be
    Outputs: only keys are looked at.
    """
    public: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    for key, value in properties.items():
        if is_secret(key):
            variable = variable_name(key)
            secrets[variable] = value
            public[key] = f"${{env:{variable}}}"
        else:
            public[key] = value
    return public, secrets
