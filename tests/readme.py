"""What the README says: its commands, what they print, and who runs each of them."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
TEXT = (REPOSITORY / "README.md").read_text(encoding="utf-8")

AS_THEY_STAND = ("./streamctl ", "make ")
"""How the commands begin that tests/end_to_end/test_3_readme.py runs as they stand, on a platform that is up."""

ELSEWHERE = {
    "make up": ("tests/end_to_end/test_3_readme.py", '_run(platform, "make", "up")'),
    "make down": ("tests/end_to_end/test_3_readme.py", '_run(platform, "make", "down")'),
    # A second time, on a platform that is up.
    "./streamctl up": ("tests/end_to_end/test_1_platform.py", 'platform.checkout.ok("up").out'),
    # By CI, of which the test would be a part.
    "make test": (".ci/run", "exec make test"),
    ".venv/bin/python -m operations.local.emulator 127.0.0.1 25000 &": (
        "tests/operations/local/test_emulator.py",
        '"-m", "operations.local.emulator", "127.0.0.1"',
    ),
    # The engine is on few machines, so these run where it is, and its script gives `up` the stack by an option. The
    # pack is also started by what the engine starts it with: tests/policies/test_pack.py.
    "pulumi stack select local --create": ("tests/test_real_engine.py", 'lab.act("preview", project, "local")'),
    "pulumi preview": ("tests/test_real_engine.py", 'lab.act("preview", project, "local")'),
    "pulumi up": ("tests/test_real_engine.py", 'lab.act("apply", project, "local")'),
    "pulumi stack export": ("tests/test_real_engine.py", "lab.export(project, stack)"),
    "pulumi preview --policy-pack policies": ("tests/policies/test_pack.py", '"-m", "pulumi.policy"'),
}
"""Command that is run elsewhere, or otherwise -> the file that does it, and the words in it that do."""

_PARTS = re.compile(r"^```(\w*)\n(.*?)^```|`([^`]+)`", re.DOTALL | re.MULTILINE)
# A word of small letters and what follows it. `flavour: pulsar` is none, nor is one word: that is a verb or a program.
_COMMAND = re.compile(r"[./a-z][./a-z0-9_-]* \S.*")


def commands() -> list[str]:
    """Every command of the README, each once, in its order: in shell blocks, in the text, after a prompt, as advice."""
    found: dict[str, None] = {}
    for language, block, inline in _PARTS.findall(TEXT):
        if inline:
            lines = [" ".join(inline.split())]
        elif language == "sh":
            lines = block.splitlines()
        else:
            lines = re.findall(r"^\$ (.+?)(?: +#.*)?$|Next: (.+)$", block, re.MULTILINE)
            lines = [prompted or advised for prompted, advised in lines]
        for line in lines:
            if _COMMAND.fullmatch(line):
                found[re.sub(r"^streamctl ", "./streamctl ", line)] = None
    return list(found)


def printed(first: str) -> list[str]:
    """The lines of the block that has a line beginning with `first`, from that line on."""
    for _, block, _ in _PARTS.findall(TEXT):
        if found := re.search(rf"^{re.escape(first)}.*", block, re.DOTALL | re.MULTILINE):
            return found[0].splitlines()
    raise AssertionError(f"the README shows nothing that begins with {first!r}")
