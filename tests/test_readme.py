"""The README is tied to what it tells of. Its commands run in tests/end_to_end/test_3_readme.py."""

import re

from operations.plan.stack_file import stack_names
from tests import readme
from tests.readme import AS_THEY_STAND, ELSEWHERE, REPOSITORY, commands


def test_every_command_is_run_by_a_test():
    """A new one that begins otherwise, in the text or in a block, needs a test that runs it and a line in ELSEWHERE."""
    nobody = [one for one in commands() if one not in ELSEWHERE and not one.startswith(AS_THEY_STAND)]
    assert nobody == []


def test_commands_are_found_wherever_they_stand(monkeypatch):
    blocks = "```sh\nkubectl get pods\n```\n\n```text\n$ git log  # all\nok\n```\n"
    monkeypatch.setattr(readme, "TEXT", f"Try `docker run\nx`, `flavour: local`, `up`.\n\n{blocks}")
    assert commands() == ["docker run x", "kubectl get pods", "git log"]


def test_what_is_run_elsewhere_is_run_there():
    assert set(ELSEWHERE) <= set(commands())
    for command, (file, words) in ELSEWHERE.items():
        assert words in (REPOSITORY / file).read_text(), command


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", readme.TEXT):
        assert (REPOSITORY / target).exists(), target


def test_the_table_of_stacks_has_each_of_them_once():
    rows = re.findall(r"^\| \[`(.+?)`\]\((.+?)\) \|", readme.TEXT, re.MULTILINE)
    assert sorted(rows) == [(name, f"stacks/Pulumi.{name}.yaml") for name in stack_names()]
