"""Which environment a stack is, as far as a pack can know."""

import functools
import json
import os
import re
from collections.abc import Mapping
from typing import Any

PRODUCTION = "prod"
TAG = "environment"
KEY = "streaming-platform:environment"

# Words in the name of a stack that nothing else is known about.
_WORDS = frozenset({"prod", "prd", "production"})


def environment(stack_tags: Mapping[str, str], urn: str, own_tags: Mapping[str, Any]) -> str:
    """The environment: `prod`, `dev`...

    stack_tags: the stack's tags. `streamctl policy` gives the environment here; whoever has tagged the stack decides
    urn:        of any resource of the stack
    own_tags:   tags of that resource

    In this order: the tag `environment` of the stack; the stack's configuration, which the engine gives to a pack in
    Python through PULUMI_CONFIG; the tag `environment` of the resource; `prod` where the stack's name has that word,
    so that where nothing is known the stricter rules hold for a stack that is called so.
    """
    if stack_tags.get(TAG):
        return stack_tags[TAG]
    configured = _configured(os.environ.get("PULUMI_CONFIG", ""))
    if configured:
        return configured
    try:
        tag = own_tags.get(TAG)
    except Exception:  # the SDK's proxy: an unknown tag says nothing
        tag = None
    if isinstance(tag, str) and tag:
        return tag
    return PRODUCTION if _WORDS & set(re.split(r"[^a-z0-9]+", stack_of(urn).lower())) else ""


def stack_of(urn: str) -> str:
    """`urn:pulumi:dev::project::type::name` -> `dev`."""
    return urn.split("::")[0].rpartition(":")[2]


@functools.lru_cache(maxsize=2)
def _configured(text: str) -> str:
    try:
        return str(json.loads(text).get(KEY, "")) if text else ""
    except (ValueError, AttributeError):
        return ""
