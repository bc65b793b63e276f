"""The stack local under the real Pulumi engine: preview, apply, a second preview that changes nothing, destroy.

Needs an engine and providers, which are in no package registry: a folder with the script `lab` (ENGINE_LAB) and the
programs that it names (LAB_BIN and the other variables of its own). Where they are missing, the tests are skipped.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.plan.evaluate import synthesise
from operations.plan.stack_file import ROOT, load_stack
from tests.end_to_end.checkout import Checkout

LAB = Path(os.environ.get("ENGINE_LAB", ROOT.parent / "shared" / "lab")) / "lab"
NEEDED = ("LAB_BIN", "LAB_TF_AWS", "LAB_PYTHON")
MISSING = [name for name in NEEDED if not os.environ.get(name)]

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not LAB.exists(), reason="no Pulumi engine here: set ENGINE_LAB to the folder of its script"),
    pytest.mark.skipif(bool(MISSING), reason=f"no Pulumi engine here: set {', '.join(MISSING)}"),
]


def lab(*arguments: str) -> list[dict[str, Any]]:
    """The JSON documents that the script prints, one per action."""
    done = subprocess.run([str(LAB), *arguments], capture_output=True, text=True, timeout=600)
    decoder, text, documents = json.JSONDecoder(), done.stdout.strip(), []
    while text:
        document, end = decoder.raw_decode(text)
        documents.append(document)
        text = text[end:].strip()
    assert documents, done.stderr
    return documents


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    subprocess.run([str(LAB), "up"], check=True, capture_output=True, timeout=120)
    try:
        yield Checkout.make(tmp_path_factory.mktemp("engine")).root
    finally:
        subprocess.run([str(LAB), "down"], check=False, capture_output=True, timeout=120)


def test_the_engine_applies_the_stack_and_finds_nothing_to_change(project: Path):
    count = len(synthesise(load_stack("local")).resources)
    preview, apply, idempotent, destroy = lab("all", str(project), "local")
    assert (preview["rc"], preview["counts"], preview["errors"]) == (0, {"create": count}, [])
    assert (apply["rc"], apply["counts"], apply["errors"]) == (0, {"create": count}, [])
    assert (idempotent["rc"], idempotent["counts"]) == (0, {"same": count})
    assert (destroy["rc"], destroy["counts"]) == (0, {"delete": count})
    faked = set(apply["reports"]) - {"dropped"}
    assert not faked, f"judged by nothing real: {apply['reports']}"


def test_the_engine_refuses_a_wrong_setting_without_a_traceback(project: Path):
    file = project / "stacks" / "Pulumi.local.yaml"
    right = file.read_text()
    file.write_text(right.replace("flavour: local", "flavour: pulsar", 1))
    try:
        (preview,) = lab("preview", str(project), "local")
    finally:
        file.write_text(right)
    assert preview["rc"] != 0
    said = Path(preview["full_output"]).read_text()
    assert "streaming-platform:kafka.flavour" in said
    assert "Traceback" not in said
