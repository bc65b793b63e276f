"""The project's keys of the Pulumi configuration, as plain data.

`pulumi.Config` reads keys one by one, so a misspelt key would be ignored. This reads the whole namespace.
"""

import json
from typing import Any

from pulumi.runtime import config as runtime_config


def project_config(project: str) -> dict[str, Any]:
    """All keys of `project`'s namespace without the prefix, values parsed from JSON where they are JSON.

    The engine hands each value over as text; a mapping or a list arrives as JSON, a plain word as itself.
    Secret values are left out: they are read as Outputs with `pulumi.Config.require_secret`.
    """
    values = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    secret = set(runtime_config.get_config_secret_keys_env()) | set(runtime_config._SECRET_KEYS.get())
    prefix = f"{project}:"
    return {
        key.removeprefix(prefix): parsed(value)
        for key, value in values.items()
        if key.startswith(prefix) and key not in secret
    }


def parsed(value: Any) -> Any:
    """A configuration value as plain data."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
