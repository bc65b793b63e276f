"""How clients reach a Kafka, in Secrets Manager and Parameter Store, with a policy for its readers."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.client_secrets import ClientSecrets, ClientSecretsArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, kafka, on_aws

opts = on_aws()
secrets = ClientSecrets(
    "client-secrets",
    ClientSecretsArgs(
        kafka=kafka(opts).access,
        tags=TAGS,
        recovery_window_days=7,
        reader_policy_name=f"{PREFIX}-kafka-clients",
        parameters_arn=f"arn:aws:ssm:{REGION}:{account_id()}:parameter",
    ),
    opts=opts,
)

pulumi.export("kafka_secret_arn", secrets.kafka_secret_arn)
pulumi.export("parameter_paths", secrets.parameter_paths)
pulumi.export("reader_policy_arn", secrets.reader_policy_arn)
