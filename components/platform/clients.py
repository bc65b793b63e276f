"""What clients outside of the platform read to connect."""

from collections.abc import Sequence

import pulumi

from components.client_secrets import ClientSecrets, ClientSecretsArgs
from components.kafka.contract import KafkaAccess
from components.naming import Naming
from components.settings import Settings


def client_secrets(
    settings: Settings,
    naming: Naming,
    kafka: KafkaAccess,
    key_arn: pulumi.Input[str],
    child: pulumi.ResourceOptions,
    forms: Sequence[str] = (),
) -> ClientSecrets:
    """Secrets and parameters on AWS, with the policy of a reader. forms: besides the one for Java."""
    return ClientSecrets(
        "client-secrets",
        ClientSecretsArgs(
            kafka=kafka,
            tags=naming.tags("client-secrets"),
            # A production secret that was deleted by mistake can be had back; elsewhere its name is free at once.
            recovery_window_days=30 if settings.protect else 0,
            protect=settings.protect,
            kms_key_arn=key_arn,
            reader_policy_name=naming.name("client-secrets"),
            parameters_arn=f"arn:aws:ssm:{settings.aws.region}:{settings.aws.account_id}:parameter",
            forms=forms,
        ),
        opts=child,
    )
