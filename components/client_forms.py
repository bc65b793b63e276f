"""How clients that are not Java connect: librdkafka (Python, Go, C#...) and a form that names no library."""

from typing import Any

from components.kafka.contract import KafkaAccess

PYTHON = "python_client"
GENERIC = "generic_client"
FORMS = (PYTHON, GENERIC)


def librdkafka_properties(access: KafkaAccess) -> dict[str, Any]:
    """Connection properties of librdkafka, as `confluent_kafka.Producer` takes them. Secrets are secret Outputs.

    It knows no JAAS and no Java class; `sasl.mechanisms` is its own name
    (https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md).
    """
    properties: dict[str, Any] = {
        "bootstrap.servers": access.bootstrap_servers,
        "security.protocol": access.security_protocol,
    }
    for key in ("client.dns.lookup", "session.timeout.ms"):
        if key in access.client_properties:
            properties[key] = access.client_properties[key]
    if access.username is not None:
        properties["sasl.mechanisms"] = access.sasl_mechanism
        properties["sasl.username"] = access.username
        properties["sasl.password"] = access.password
    return properties


def registry_properties(access: KafkaAccess) -> dict[str, Any]:
    """What `confluent_kafka.schema_registry.SchemaRegistryClient` takes; {} without a registry."""
    registry = access.schema_registry
    if registry is None:
        return {}
    login = {} if registry.user_info is None else {"basic.auth.user.info": registry.user_info}
    return {"url": registry.url, **login}


def generic_form(access: KafkaAccess) -> dict[str, Any]:
    """The same in words that belong to no library, for consoles, exporters and scripts."""
    form: dict[str, Any] = {
        "bootstrap_servers": access.bootstrap_servers,
        "security_protocol": access.security_protocol,
        "sasl_mechanism": access.sasl_mechanism or "",
        "username": "" if access.username is None else access.username,
        "password": "" if access.password is None else access.password,
    }
    registry = access.schema_registry
    if registry is not None:
        form["schema_registry_url"] = registry.url
        form["schema_registry_user_info"] = "" if registry.user_info is None else registry.user_info
    return form
