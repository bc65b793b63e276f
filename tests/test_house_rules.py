"""Rules of the house that no tool checks: who may import what, and that an import does nothing else."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"applications", "bootstrap", "components", "examples", "operations", "policies", "tests"}
CLIENTS = {"boto3", "botocore", "confluent_kafka", "httpx", "psycopg", "requests", "socket", "subprocess", "urllib3"}

# Attributes and names that read, write, start or ask something, whatever they are called on.
WORK = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "iterdir", "glob", "rglob", "stat"),
    *("exists", "is_file", "is_dir", "unlink", "print", "input", "run", "Popen", "check_output", "urlopen", "connect"),
    *("client", "create_connection", "getaddrinfo", "gethostname", "system", "read_yaml"),
}


@functools.cache
def modules(folder: str) -> dict[str, ast.Module]:
    """File -> its syntax tree, of all Python files of ours below `folder`."""
    files = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.py")]
    # The pack of policies has an environment of its own, where it is installed.
    return {str(path): ast.parse((ROOT / path).read_text("utf-8")) for path in files if ".venv" not in path.parts}


def imported(tree: ast.Module) -> set[str]:
    """The packages that a module imports anywhere, in functions too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found


def at_import(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that run when a module is imported: outside of functions, and of what stands under `__main__`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "__main__" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            # Decorators and defaults run, the body does not.
            for part in (*child.decorator_list, child.args):
                yield from at_import(ast.Expression(part) if isinstance(part, ast.expr) else part)
        elif not isinstance(child, ast.Lambda):
            if isinstance(child, ast.Call):
                yield child
            yield from at_import(child)


def called(call: ast.Call) -> str:
    """The last word of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


@pytest.mark.parametrize(("folder", "allowed"), [("components", {"components"}), ("policies", {"policies"})])
def test_a_room_imports_nothing_of_ours_but_itself(folder: str, allowed: set[str]):
    others = OURS - allowed
    assert {file: found for file, tree in modules(folder).items() if (found := imported(tree) & others)} == {}


def test_components_talk_to_nothing():
    assert {file: found for file, tree in modules("components").items() if (found := imported(tree) & CLIENTS)} == {}


@pytest.mark.parametrize("folder", ["bootstrap", "components", "operations", "policies"])
def test_an_import_does_nothing(folder: str):
    found = [
        f"{file}:{call.lineno}: {ast.unparse(call)[:80]}"
        for file, tree in modules(folder).items()
        # What the engine starts as a program.
        if Path(file).name != "__main__.py"
        for call in at_import(tree)
        if called(call) in WORK
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("A = Path('a').read_text()", 1),
        ("class A:\n    b = open('a')", 1),
        ("def f(a=open('a')): ...", 1),
        ("@run(['a'])\ndef f(): ...", 1),
        ("if x:\n    subprocess.run(['a'])", 1),
        ("def f():\n    open('a')", 0),
        ("A = lambda: open('a')", 0),
        ("if __name__ == '__main__':\n    print('a')", 0),
    ],
)
def test_what_runs_at_import_is_seen(text: str, count: int):
    assert len([call for call in at_import(ast.parse(text)) if called(call) in WORK]) == count


def test_nothing_asks_the_admin_client_for_the_offsets_of_a_group():
    """librdkafka ends the process by SIGSEGV where the broker does not coordinate the group yet; see `lag`."""
    named = [
        file
        for file, tree in modules("operations").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "list_consumer_group_offsets"
    ]
    assert named == []
