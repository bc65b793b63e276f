"""The one AWS provider of a stack: explicit, never the ambient default."""

import pulumi
import pulumi_aws as aws

from components.settings import AwsSettings

# The services whose endpoints the emulated stack redirects: all that the program uses, and sts for the caller.
EMULATED_SERVICES = ("glue", "iam", "kms", "s3", "secretsmanager", "ssm", "sts")


def aws_provider(settings: AwsSettings, emulator_endpoint: str | None, opts: pulumi.ResourceOptions) -> aws.Provider:
    """The provider for `settings.region`, held to `settings.account_id`.

    emulator_endpoint: URL of the AWS emulator, or None for AWS itself. On the emulator the credentials are the
    fixed words that it accepts, and the checks that only AWS can answer are skipped.
    """
    if emulator_endpoint is None:
        # A stack that is applied with the credentials of another account stops before it changes anything.
        return aws.Provider(
            "aws",
            region=settings.region,
            allowed_account_ids=[settings.account_id],
            opts=opts,
        )
    return aws.Provider(
        "aws",
        region=settings.region,
        access_key="emulator",
        secret_key="emulator",  # noqa: S106 the emulator takes any word
        endpoints=[aws.ProviderEndpointArgs(**dict.fromkeys(EMULATED_SERVICES, emulator_endpoint))],
        s3_use_path_style=True,
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        opts=opts,
    )
