"""Which settings are taken for credentials: one too few is a leak, one too many an exclusion that hides a leak."""

import pytest

from policies.credential_words import is_plain_credential, looks_like, names_credential, properties


@pytest.mark.parametrize(
    "name",
    [
        *("database.password", "ssl.key.password", "sasl.jaas.config", "basic.auth.user.info", "api.key", "apiKey"),
        *("aws.secret.access.key", "schema.registry.basic.auth.user.info", "sink.credentials", "TOKEN", "auth-token"),
    ],
)
def test_a_credential_is_known_by_its_name(name: str) -> None:
    assert names_credential(name)


@pytest.mark.parametrize(
    "name",
    [
        *("config.providers.secretsmanager.class", "basic.auth.credentials.source", "database.password.file"),
        *("key.converter", "sasl.mechanism", "sasl.oauthbearer.token.endpoint.url", "secret.name", "secretArn"),
        *("acks", "message.key.columns", "delete.tombstones", "max.tokens.per.second", "aws.credentials.provider"),
    ],
)
def test_what_tells_about_a_credential_is_none(name: str) -> None:
    assert not names_credential(name)


@pytest.mark.parametrize(
    ("name", "text", "plain"),
    [
        ("database.password", "letmein", True),
        ("database.password", "", False),
        ("database.password", "${secretsmanager:arn%3Aaws:password}", False),
        ("sasl.jaas.config", 'Module required username="a" password="b";', True),
        ("sasl.jaas.config", 'Module required username="a" password="${file:/x:password}";', False),
        ("connection.url", "jdbc:postgresql://db:5432/claims", False),
        ("connection.url", "postgresql://otto:letmein@db:5432/claims", True),
        ("connection.url", "postgresql://otto:${env:PASSWORD}@db:5432/claims", False),
        ("comment", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", True),
        ("comment", "-----BEGIN CERTIFICATE-----\nMIIE", False),
    ],
)
def test_a_reference_is_no_credential(name: str, text: str, plain: bool) -> None:
    assert is_plain_credential(name, text) is plain


def test_the_look_is_told_without_the_text() -> None:
    assert looks_like("key AKIAABCDEFGHIJKLMNOP") == "an AWS access key"


def test_properties_are_read_as_java_does() -> None:
    assert properties("# no=\n a = b=c \n!x=y\nd: e\n\na=last") == {"a": "last", "d": "e"}
