"""The stacks that can run on this machine, and the ports that they get here."""

import json
from dataclasses import replace

from components.errors import problem
from components.settings import PROJECT, LocalSettings, Settings, parse
from components.stack_config import parsed
from operations.local.ports import Ports
from operations.plan.stack_file import StackConfig


def local_settings(config: StackConfig) -> Settings:
    """The settings of a stack that can run on this machine. Raises PlatformError for every other stack."""
    where = f"stacks/Pulumi.{config.stack}.yaml"
    prefix = f"{PROJECT}:"
    values = {key.removeprefix(prefix): parsed(value) for key, value in config.values.items() if key.startswith(prefix)}
    settings = parse(values, where)
    elsewhere = [key for key in ("kafka", "flink", "postgres") if getattr(settings, key).flavour != "local"]
    if elsewhere or settings.local is None:
        raise problem(
            where,
            f"{PROJECT}:{elsewhere[0] if elsewhere else 'local'}.flavour",
            "not local",
            "flavour local for kafka, flink and postgres",
            "`streamctl up` runs stacks on this machine; for others use `pulumi up --stack " + config.stack + "`",
        )
    return settings


def with_ports(config: StackConfig, settings: Settings, ports: Ports) -> StackConfig:
    """The configuration with the ports that were chosen, so that the program declares what really runs."""
    local = settings.local or LocalSettings()
    chosen = {name: getattr(ports, name) for name in type(local.ports).model_fields}
    changed = {**local.model_dump(mode="json"), "ports": chosen}
    return replace(config, values={**config.values, f"{PROJECT}:local": json.dumps(changed)})
