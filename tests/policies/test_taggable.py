"""The list of types that take tags is the one of the installed SDK."""

import re
from pathlib import Path

import pulumi_aws

from policies.taggable import SERVICES, TAGGABLE
from tests.policies.cases import plan_of

_TOKEN = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
# Python's word for the service of that name.
FOLDERS = {"lambda": "lambda_"}


def test_the_types_are_those_of_the_sdk() -> None:
    found = set()
    for service in SERVICES:
        for path in (Path(pulumi_aws.__file__).parent / FOLDERS.get(service, service)).glob("*.py"):
            text = path.read_text()
            token = _TOKEN.search(text)
            if token and '__dict__["tags"] = tags' in text:
                found.add(token[1])
    assert found == TAGGABLE


def test_every_service_that_a_stack_uses_is_known() -> None:
    used = {
        resource["type"].removeprefix("aws:").partition("/")[0]
        for stack in ("prod-msk", "dev-msk", "dev-external", "local")
        for resource in plan_of(stack).resources
        if resource["type"].startswith("aws:")
    }
    assert used <= SERVICES
