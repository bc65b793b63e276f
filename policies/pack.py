"""The policies of the pack: every module of this folder that declares some."""

import functools
import importlib
import pkgutil
from pathlib import Path

from pulumi_policy import ResourceValidationPolicy, StackValidationPolicy

from policies.framework import POLICIES, Policy
from policies.sdk import as_sdk

NAME = "streaming-platform"
DESCRIPTION = "What no stack of the streaming platform may do"


@functools.cache
def policies() -> tuple[Policy, ...]:
    """All policies by name. Every module of this folder is loaded; an area declares its policies when it is."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name != "__main__":
            importlib.import_module(f"policies.{module.name}")
    return tuple(sorted(POLICIES.values(), key=lambda policy: policy.name))


@functools.cache
def sdk_policies() -> tuple[ResourceValidationPolicy | StackValidationPolicy, ...]:
    """The same for the SDK."""
    return tuple(as_sdk(policy) for policy in policies())
