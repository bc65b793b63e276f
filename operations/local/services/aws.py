"""The AWS emulator."""

import sys

from operations.local.layout import REPOSITORY
from operations.local.ports import HOST
from operations.local.services.checks import Http
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service


def service(inputs: Inputs) -> Service:
    """moto's server on one port for all AWS services.

    It keeps everything in memory. Started again it would be an empty account under a running platform, so it is not:
    its end shows as such, and `up` builds the platform anew.
    """
    return Service(
        name="aws",
        command=(sys.executable, "-m", "operations.local.emulator", HOST, str(inputs.ports.aws)),
        environment={
            **inputs.aws_environment,
            "MOTO_ACCOUNT_ID": inputs.settings.aws.account_id,
            "PYTHONUNBUFFERED": "1",
            # Requests come on many threads; each would otherwise get an arena of its own that never shrinks.
            "MALLOC_ARENA_MAX": "2",
        },
        directory=REPOSITORY,
        ready=Http(f"{inputs.ports.url('aws')}/moto-api/"),
        waits_for=f"GET {inputs.ports.url('aws')}/moto-api/",
        restart=False,
    )
