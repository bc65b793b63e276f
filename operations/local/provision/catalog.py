"""The types of resources that can be created on the emulator."""

from components.errors import problem
from operations.local.provision import glue, iam, kms, s3, s3_settings, secretsmanager, ssm
from operations.local.provision.resource import Handler

HANDLERS: dict[str, Handler] = {
    handler.token: handler
    for handler in (
        glue.CatalogDatabase(),
        iam.Policy(),
        kms.Alias(),
        kms.Key(),
        s3.Bucket(),
        s3_settings.Encryption(),
        s3_settings.Lifecycle(),
        s3_settings.OwnershipControls(),
        s3_settings.Policy(),
        s3_settings.PublicAccessBlock(),
        s3_settings.Versioning(),
        secretsmanager.Secret(),
        secretsmanager.SecretVersion(),
        ssm.Parameter(),
    )
}


def handler_of(urn: str, type_token: str) -> Handler:
    """The handler of the type `type_token`.

    Raises PlatformError naming `urn`, the type and the supported types if there is none.
    """
    handler = HANDLERS.get(type_token)
    if handler is None:
        raise problem(
            urn,
            "type",
            f"{type_token}, which is not supported on the AWS emulator",
            ", ".join(sorted(HANDLERS)),
            "use a supported type in this stack, or run the stack with `pulumi up` against an AWS account",
        )
    return handler
