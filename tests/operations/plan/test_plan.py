"""The Plan: what the engine would see, and the failures that it would see."""

import gc
import importlib.metadata
import json
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import resource as sdk_resource

from components.errors import PlatformError
from operations.plan.evaluate import synthesise
from operations.plan.plan import name_of, ordered, references
from operations.plan.stack_file import StackConfig, load_stack
from operations.plan.values import SECRET, SIGNATURE, UNKNOWN
from tests.components.plans import plan_of

CONFIG = StackConfig("test", {"streaming-platform:aws": '{"account_id": "123456789012"}'}, ())


def by_name(program) -> dict[str, dict]:
    return {r["urn"].rpartition("::")[2]: r for r in synthesise(CONFIG, program).resources}


def test_a_registration_is_recorded_whole():
    def program():
        group = pulumi.ComponentResource("pkg:index:Group", "group")
        first = aws.s3.Bucket("first", bucket="a-bucket", opts=pulumi.ResourceOptions(parent=group, protect=True))
        aws.s3.BucketVersioning(
            "second",
            bucket=first.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=pulumi.ResourceOptions(
                parent=first, deleted_with=first, retain_on_delete=True, ignore_changes=["mfa"], aliases=["urn:old"]
            ),
        )

    resources = by_name(program)
    first, second = resources["first"], resources["second"]
    assert first["urn"] == "urn:pulumi:test::streaming-platform::pkg:index:Group$aws:s3/bucket:Bucket::first"
    assert first["protect"] is True
    assert first["outputs"]["arn"] == "arn:aws:s3:::a-bucket"
    assert second["urn"].split("::")[2] == (
        "pkg:index:Group$aws:s3/bucket:Bucket$aws:s3/bucketVersioning:BucketVersioning"
    )
    assert second["parent"] == second["deletedWith"] == first["urn"]
    assert second["propertyDependencies"] == {"bucket": [first["urn"]]}
    assert second["dependencies"] == [first["urn"]]
    assert second["retainOnDelete"] is True
    assert second["ignoreChanges"] == ["mfa"]
    assert second["inputs"] == {"bucket": "a-bucket", "versioningConfiguration": {"status": "Enabled"}}


def test_secrets_keep_their_mark_and_lose_their_value():
    def program():
        aws.ssm.Parameter("p", name="/p", type="SecureString", value=pulumi.Output.secret("hunter2"))
        pulumi.export("password", pulumi.Output.secret("hunter2"))

    plan = synthesise(CONFIG, program)
    text = plan.to_json()
    assert "hunter2" not in text
    assert "hunter2" not in json.dumps(plan.outputs)
    parameter = next(r for r in plan.resources if r["type"] == "aws:ssm/parameter:Parameter")
    assert parameter["inputs"]["value"][SIGNATURE] == SECRET
    assert parameter["outputs"]["value"][SIGNATURE] == SECRET
    assert plan.outputs["password"][SIGNATURE] == SECRET


def test_what_only_aws_knows_is_unknown():
    def program():
        bucket = aws.s3.Bucket("generated")
        aws.glue.CatalogDatabase("d", name="d", location_uri=bucket.arn)

    assert by_name(program)["d"]["inputs"]["locationUri"] == UNKNOWN


def test_the_same_program_gives_the_same_bytes():
    config = load_stack("local")
    assert synthesise(config).to_json() == synthesise(config).to_json()


def test_the_export_has_the_layout_of_a_deployment():
    export = synthesise(load_stack("local")).export()
    assert export["version"] == 3
    resources = export["deployment"]["resources"]
    assert resources[0]["type"] == "pulumi:pulumi:Stack"
    seen: set[str] = set()
    for resource in resources:
        assert references(resource) <= seen, resource["urn"]
        assert resource["custom"] is ("id" in resource)
        seen.add(resource["urn"])


def test_a_duplicate_is_refused():
    def program():
        aws.s3.Bucket("one", bucket="a-bucket")
        aws.s3.Bucket("one", bucket="b-bucket")

    with pytest.raises(PlatformError) as caught:
        synthesise(CONFIG, program)
    assert "a second resource with the URN" in caught.value.mistakes[0].found


def test_a_missing_required_input_is_refused():
    def program():
        aws.ssm.Parameter("p")  # pyright: ignore[reportCallIssue]

    with pytest.raises(PlatformError) as caught:
        synthesise(CONFIG, program)
    assert "type" in caught.value.mistakes[0].found


def test_a_cycle_is_refused():
    resources = [{"urn": "a", "dependencies": ["b"]}, {"urn": "b", "parent": "a"}]
    with pytest.raises(PlatformError) as caught:
        ordered(resources, "__main__.py")
    assert "cycle" in caught.value.mistakes[0].found


def test_a_reference_to_nothing_is_refused():
    with pytest.raises(PlatformError) as caught:
        ordered([{"urn": "a", "dependencies": ["b"]}], "__main__.py")
    assert "a reference to b" in caught.value.mistakes[0].found


def test_a_failure_inside_an_apply_is_told_with_its_line():
    def program():
        def fail(_: str) -> str:
            raise ValueError("no such thing")

        pulumi.export("x", aws.s3.Bucket("b", bucket="a-bucket").bucket.apply(fail))

    with pytest.raises(PlatformError) as caught:
        synthesise(CONFIG, program)
    assert "ValueError: no such thing" in caught.value.mistakes[0].found


def test_one_evaluation_leaves_nothing_for_the_next():
    synthesise(CONFIG, lambda: pulumi.export("first", 1))
    plan = synthesise(CONFIG, lambda: pulumi.export("second", 2))
    assert plan.outputs == {"second": 2}


def test_an_unknown_stack_lists_those_that_exist():
    with pytest.raises(PlatformError) as caught:
        load_stack("nowhere")
    assert "local" in caught.value.mistakes[0].allowed


@pytest.mark.parametrize(
    ("text", "key", "found"),
    [
        ("config: [", "line ", ""),
        ("config:\n  a: 1\n  a: 2\n", "line 3", "a"),
        ("", "", "nothing"),
        ("config: 3\n", "config", "3"),
        ("\t", "line 1", ""),
    ],
)
def test_a_broken_stack_file_is_told_with_its_place(tmp_path: Path, text: str, key: str, found: str):
    path = tmp_path / "Pulumi.broken.yaml"
    path.write_text(text)
    with pytest.raises(PlatformError) as caught:
        load_stack("broken", path)
    assert caught.value.mistakes[0].key.startswith(key)
    assert found in caught.value.mistakes[0].found


def test_an_encrypted_value_is_a_secret_placeholder(tmp_path: Path):
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text("config:\n  streaming-platform:kafka_password:\n    secure: v1:abc\n")
    config = load_stack("x", path)
    assert config.secrets == ("streaming-platform:kafka_password",)
    plan = synthesise(config, lambda: pulumi.export("p", pulumi.Config().require_secret("kafka_password")))
    assert plan.outputs["p"][SIGNATURE] == SECRET


def test_the_sdk_is_as_it_was_after_an_evaluation():
    before = sdk_resource._get_stack_trace  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(PlatformError):
        synthesise(CONFIG, lambda: {}["no such key"])
    assert sdk_resource._get_stack_trace is before  # pyright: ignore[reportPrivateUsage]
    assert gc.isenabled()


def test_a_provider_has_the_version_of_its_sdk():
    """As in an export of the engine: with another SDK the provider is another one."""
    providers = [one for one in plan_of("dev-cc").resources if one["type"].startswith("pulumi:providers:")]
    assert len(providers) > 2
    for one in providers:
        package = one["type"].rpartition(":")[2]
        assert one["inputs"]["version"] == importlib.metadata.version(f"pulumi-{package}")


def test_a_file_that_is_no_python_is_named_itself(tmp_path: Path):
    broken = tmp_path / "broken.py"
    broken.write_text("x = 1\ndef f(:\n")
    program = tmp_path / "program.py"
    program.write_text(f"import runpy\nrunpy.run_path({str(broken)!r})\n")
    with pytest.raises(PlatformError) as caught:
        synthesise(CONFIG, program)
    (mistake,) = caught.value.mistakes
    assert mistake.where == f"{broken}, line 2"
    assert mistake.found == "SyntaxError: invalid syntax"


def test_a_name_may_hold_what_divides_a_urn():
    assert name_of({"urn": "urn:pulumi:dev::project::aws:s3/bucket:Bucket::logs::old"}) == "logs::old"
