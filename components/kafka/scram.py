"""Users that log in to MSK by SCRAM-SHA-512, each with a secret in Secrets Manager.

The rules are those of https://docs.aws.amazon.com/msk/latest/developerguide/msk-password-limitations.html
"""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.kafka.existing import jaas_config

SCRAM_MECHANISM = "SCRAM-SHA-512"
"""The only SCRAM mechanism of MSK."""

SECRET_PREFIX = "AmazonMSK_"  # noqa: S105 a name, not a secret
"""MSK takes no secret with another name."""

_PASSWORD_CHARACTERS = 32


def secret_policy(secret_arn: str) -> dict[str, Any]:
    """Resource policy that lets MSK read the secret.

    The association writes the very same statement where there is none; with it here, nothing drifts.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AWSKafkaResourcePolicy",
                "Effect": "Allow",
                "Principal": {"Service": "kafka.amazonaws.com"},
                "Action": "secretsmanager:getSecretValue",
                "Resource": secret_arn,
            }
        ],
    }


@dataclass
class ScramUserArgs:
    """Inputs of `ScramUser`.

    username:     as Kafka knows the user; ACLs call it `User:<username>`
    cluster_name: becomes part of the secret's name
    cluster_arn:  the MSK cluster; SCRAM is on there
    kms_key_arn:  a symmetric customer key. MSK refuses secrets under the default key of Secrets Manager, and aliases
    recovery_window_days: days in which a deleted secret can be had back: 0 or 7 to 30 (default 30). The name is never
                          taken twice, so a long window hinders nothing
    cluster:      the cluster's resource, if this program declares it: what goes with it is not removed one by one
    """

    username: str
    cluster_name: str
    cluster_arn: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    tags: dict[str, str]
    recovery_window_days: int = 30
    cluster: pulumi.Resource | None = None


class ScramUser(pulumi.ComponentResource):
    """A user with a random password, its secret, and the secret's association with the cluster.

    Outputs: username, secret_arn, jaas_config (secret). `ready`: what has to exist before the user can log in.
    """

    username: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    jaas_config: pulumi.Output[str]

    def __init__(self, name: str, args: ScramUserArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ScramUser", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Letters and digits: nothing in it means anything to JAAS, a properties file, SQL or a shell.
        generated = random.RandomPassword(name, length=_PASSWORD_CHARACTERS, special=False, opts=child)
        password = pulumi.Output.secret(generated.result)
        username = args.username
        secret = aws.secretsmanager.Secret(
            name,
            # The provider adds 26 digits. A fixed name would be taken for as long as a deleted secret can be had back.
            name_prefix=f"{SECRET_PREFIX}{args.cluster_name}_{username}_",
            description=f"Kafka user {username} of the MSK cluster {args.cluster_name}",
            kms_key_id=args.kms_key_arn,
            recovery_window_in_days=args.recovery_window_days,
            tags=args.tags,
            opts=child,
        )
        version = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.arn,
            secret_string=password.apply(lambda text: json.dumps({"username": username, "password": text})),
            opts=pulumi.ResourceOptions(parent=self, deleted_with=secret),
        )
        policy = aws.secretsmanager.SecretPolicy(
            name,
            secret_arn=secret.arn,
            policy=secret.arn.apply(lambda arn: json.dumps(secret_policy(arn))),
            opts=pulumi.ResourceOptions(parent=self, deleted_with=secret),
        )
        association = aws.msk.SingleScramSecretAssociation(
            name,
            cluster_arn=args.cluster_arn,
            secret_arn=secret.arn,
            # MSK reads the secret at once: it has to be full and readable by then. `ScramSecretAssociation` would own
            # the list of all users and throw out those that others made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[version, policy], deleted_with=args.cluster),
        )
        self.username = pulumi.Output.from_input(username)
        self.secret_arn = secret.arn
        self.jaas_config = pulumi.Output.secret(
            password.apply(lambda text: jaas_config(SCRAM_MECHANISM, username, text))
        )
        self.ready = [association]
        self.register_outputs(
            {"username": self.username, "secret_arn": self.secret_arn, "jaas_config": self.jaas_config}
        )
