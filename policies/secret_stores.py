"""Secrets Manager and Parameter Store, and that secrets are secret for Pulumi too."""

from collections.abc import Iterator, Mapping

from policies.credential_words import looks_like, names_credential
from policies.customer_keys import key_problem
from policies.framework import Resource, Stack, policy, stack_policy
from policies.secrecy import is_secret

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 a type
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
PARAMETER = "aws:ssm/parameter:Parameter"

SECRET_PROPERTIES = {
    PARAMETER: ("value", "insecureValue"),
    VERSION: ("secretBinary",),
    "kubernetes:core/v1:Secret": ("data", "stringData"),
}
"""Type: the properties that hold a secret whatever it is called. A map is secret where each of its values is.
Properties whose name tells (`password`, `secretString`) are looked after in `general_secrets`."""


@stack_policy(
    "secrets-customer-key",
    types=(SECRET,),
    severity="medium",
    controls=("PCI DSS 3.6.1", "PCI DSS 8.3.2", "SOC 2 CC6.1"),
    reason="Under AWS' own key everybody with rights on the secret reads it, and no other account ever can.",
    remedy="Set kmsKeyId to a customer key.",
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
)
def customer_key(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for secret in stack.of(SECRET):
        with stack.judging(secret):
            if problem := key_problem(stack, secret, "kmsKeyId"):
                yield secret, problem


@policy(
    "secrets-recovery-window",
    types=(SECRET,),
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 CC8.1"),
    reason="A secret that is deleted by mistake is gone at once, and with it the only copy of a password.",
    remedy="Set recoveryWindowInDays to 7 or more, or leave it out (30); 0 is for stacks that come and go.",
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
    config={"least_days": {"type": "integer", "default": 7, "description": "least days in production"}},
)
def recovery_window(resource: Resource) -> Iterator[str]:
    days = resource.value("recoveryWindowInDays", default=30)
    if resource.production and days < resource.config["least_days"]:
        yield f"a production secret can be had back for {days} days"


@stack_policy(
    "secrets-rotation",
    types=(SECRET, ROTATION),
    severity="medium",
    controls=(
        "AWS FSBP SecretsManager.1",
        "AWS FSBP SecretsManager.4",
        "PCI DSS 8.3.9",
        "PCI DSS 8.6.3",
        "SOC 2 CC6.1",
    ),
    reason="A credential that leaked once works as long as it is not changed.",
    remedy="Add a SecretRotation of at most 90 days, or let the program that makes the credential renew it.",
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
    config={
        "most_days": {"type": "integer", "default": 90, "description": "days between two rotations"},
        "required": {
            "type": "array",
            "items": {"type": "string"},
            # Rotation needs a function that knows the other side. There is one for databases, none for SCRAM users of
            # MSK; keys of Confluent Cloud are renewed by the program itself.
            "default": [],
            "description": "beginnings of secrets' names that must have a rotation",
        },
    },
)
def rotation(stack: Stack) -> Iterator[tuple[Resource, str]]:
    rotated: set[Resource] = set()
    for one in stack.of(ROTATION):
        rotated |= stack.names(one, "secretId")
        with stack.judging(one):
            days = one.value("rotationRules", "automaticallyAfterDays")
            schedule = one.value("rotationRules", "scheduleExpression", default="")
            if days is None and not schedule:
                yield one, "no schedule"
            elif days is not None and days > stack.config["most_days"]:
                yield one, f"every {days} days"
    for secret in stack.of(SECRET):
        with stack.judging(secret):
            if secret in rotated or not stack.config["required"]:
                continue
            name = str(secret.value("name") or secret.value("namePrefix", default=""))
            if name.startswith(tuple(stack.config["required"])):
                yield secret, "is never rotated"


@policy(
    "ssm-secure-credentials",
    types=(PARAMETER,),
    severity="critical",
    controls=("PCI DSS 8.3.2", "PCI DSS 8.6.2", "SOC 2 CC6.1"),
    reason="A String parameter is shown in clear text to whoever may read parameters; no key stands before it.",
    remedy="Set type to SecureString with a customer key, or put the value into Secrets Manager.",
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-securestring.html",
)
def secure_credentials(resource: Resource) -> Iterator[str]:
    """By the parameter's name, and by its value where that can be read: the SDK marks every value as secret, so that
    a Plan shows none of them; what a parameter is called is then all there is to judge by."""
    if resource.value("type") == "SecureString":
        return
    name = str(resource.value("name", default=resource.name))
    if names_credential(name.rpartition("/")[2]):
        yield f"{name} is called like a credential and is no SecureString"
    elif kind := next((kind for key in ("value", "insecureValue") if (kind := _kind(resource, key))), ""):
        yield f"{name} holds {kind} and is no SecureString"


def _kind(resource: Resource, key: str) -> str:
    return looks_like(str(resource.value(key, default="")))


@stack_policy(
    "ssm-customer-key",
    types=(PARAMETER,),
    severity="medium",
    controls=("PCI DSS 3.6.1", "SOC 2 CC6.1"),
    reason="Under AWS' own key everybody in the account with rights on parameters reads it.",
    remedy="Set keyId to a customer key.",
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
)
def parameters_customer_key(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for parameter in stack.of(PARAMETER):
        with stack.judging(parameter):
            if parameter.value("type") != "SecureString":
                continue
            if problem := key_problem(stack, parameter, "keyId"):
                yield parameter, problem


@policy(
    "secrets-marked",
    types=tuple(SECRET_PROPERTIES),
    severity="critical",
    controls=("PCI DSS 8.3.2", "PCI DSS 8.6.2", "SOC 2 CC6.1"),
    reason="What Pulumi does not know to be secret stands in clear text in Plans, previews, logs and the state.",
    remedy="Wrap the value in pulumi.Output.secret where it is first touched, or set it with --secret.",
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def marked(resource: Resource) -> Iterator[str]:
    """No finding repeats a value."""
    if resource.type == PARAMETER and resource.value("type") != "SecureString":
        return
    for key in SECRET_PROPERTIES[resource.type]:
        value = resource.value(key)
        if isinstance(value, Mapping):
            plain = [f"{key}.{name}" for name, text in value.items() if text and not is_secret(text)]
        else:
            plain = [key] if value and not is_secret(value) else []
        yield from (f"{one} is not marked as secret" for one in plain)
