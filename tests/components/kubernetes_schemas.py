"""Checks Kubernetes manifests against what the API server would take.

Built-in kinds: the schemas of kubernetes-validate, for the Kubernetes version that the platform runs. Custom resources:
the JSON Schemas in the folder `STREAMING_SCHEMAS`, a clone of `CATALOG`. Unknown fields are errors in both. CEL rules
(`x-kubernetes-validations`) are not run: what matters of them is tested where it is built.
"""

import copy
import functools
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import kubernetes_validate.utils
import pytest

from components.versions import KUBERNETES

CATALOG = "https://github.com/datreeio/CRDs-catalog"
CMF_API = ("cmf", "openapi.yaml")
"""Path within the folder; the catalog does not have this one."""
_CMF_SDK = "https://github.com/confluentinc/cmf-sdk-go"

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "schemas"
_CORE_GROUPS = ("", "apps", "batch", "autoscaling", "policy")

# It reads a file of some hundred KB for each object; it changes none of them.
kubernetes_validate.utils.schema_contents = functools.cache(kubernetes_validate.utils.schema_contents)

# Fields that are newer than the schema in the folder, which is closed and would refuse them:
# group/Kind -> path of properties -> their schemas.
_NEWER: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {
    # The NodeClass schema is of 2025-02. Spelled as in
    # https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html
    "eks.amazonaws.com/NodeClass": {
        ("spec", "ephemeralStorage"): {"kmsKeyID": {"type": "string", "minLength": 1}},
    },
}


def check_manifest(manifest: Mapping[str, Any]) -> None:
    """Fail where Kubernetes would refuse `manifest`; every problem of a custom resource is listed.

    manifest: plain data. Outputs must be resolved by the caller.
    Skips the test where the folder of schemas, or the file of this kind, is missing.
    """
    manifest = dict(manifest)
    group, _, version = str(manifest["apiVersion"]).rpartition("/")
    if group in _CORE_GROUPS or group.endswith(".k8s.io"):
        _check_built_in(manifest)
        return
    kind = manifest["kind"]
    path = schema_file(group, f"{kind.lower()}_{version}.json")
    schema = _schema(path, f"{group}/{kind}")
    problems = [
        f"{'.'.join(str(part) for part in error.absolute_path) or '(top)'}: {error.message}"
        for error in jsonschema.Draft202012Validator(schema).iter_errors(manifest)
    ]
    # The schemas in the folder are closed below the top level only.
    problems += [f"(top): {key!r} was unexpected" for key in manifest.keys() - schema["properties"].keys()]
    if problems:
        pytest.fail(f"{kind} {manifest['metadata'].get('name')}:\n" + "\n".join(sorted(problems)), pytrace=False)
    # Custom resource schemas say nothing about metadata; a ConfigMap has the same.
    _check_built_in({"apiVersion": "v1", "kind": "ConfigMap", "metadata": manifest["metadata"]})


def schemas_folder() -> Path:
    """The folder with the schemas of custom resources. Skips the test where there is none."""
    folder = Path(os.environ.get("STREAMING_SCHEMAS") or _BESIDE)
    if not folder.is_dir():
        pytest.skip(
            f"no JSON Schemas of custom resources: `git clone --depth 1 {CATALOG}`, set STREAMING_SCHEMAS to its folder"
        )
    return folder


def schema_file(*path: str) -> Path:
    """One file of the folder. Skips the test where it is missing."""
    file = schemas_folder().joinpath(*path)
    if not file.is_file():
        remedy = f"copy v1/api/openapi.yaml of {_CMF_SDK} there" if path == CMF_API else f"{CATALOG} has it"
        pytest.skip(f"no {'/'.join(path)} in the folder STREAMING_SCHEMAS: {remedy}")
    return file


def write_schemas(target: Path) -> None:
    """Copy the folder of schemas, with the fields that are newer than they are."""
    shutil.copytree(schemas_folder(), target, copy_function=shutil.copyfile)
    for kind in _NEWER:
        group, _, name = kind.partition("/")
        for path in (target / group).glob(f"{name.lower()}_v*.json"):
            path.write_text(json.dumps(_schema(path, kind)), encoding="utf-8")


def _check_built_in(manifest: dict[str, Any]) -> None:
    try:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        place = ".".join(str(part) for part in error.path) or "(top)"
        pytest.fail(f"{manifest['kind']} {manifest['metadata'].get('name')}:\n{place}: {error.message}", pytrace=False)


@functools.cache
def _schema(path: Path, kind: str) -> dict[str, Any]:
    schema = json.loads(path.read_text(encoding="utf-8"))
    for place, fields in _NEWER.get(kind, {}).items():
        inner = schema
        for part in place:
            inner = inner["properties"][part]
        for name, field in fields.items():
            inner["properties"].setdefault(name, copy.deepcopy(field))
    return schema
