"""One evaluation in a process of its own: `python -m operations.bench.synth_process <what> <folder>`.

what:   `platform`: the platform with all applications in <folder>
        `plan`: the same, and its plan is written to <folder>/plan.json
        `bare`: the Pulumi SDK and its own mock monitor, which register what stands in <folder>/plan.json
        `stack`: the stack whose name is given instead of a folder, as `streamctl synth` evaluates it
Prints one JSON object: seconds (of the evaluation, without imports), resources, memory (peak, bytes).
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

PLAN = "plan.json"
PROJECT = "streaming-platform"


def platform(folder: Path, write: bool = False) -> tuple[float, int]:
    """Evaluate the stack `local` with the applications in `folder` instead of its own.

    write: the plan, for `bare`
    """
    import pulumi

    from components.platform import Platform, PlatformArgs, load_applications
    from components.settings import load
    from operations.plan.evaluate import synthesise
    from operations.plan.stack_file import load_stack

    names = sorted(path.name for path in folder.iterdir() if path.is_dir())

    def program() -> None:
        platform = Platform("platform", PlatformArgs(load(), load_applications(names, folder)))
        for key, value in platform.exports.items():
            pulumi.export(key, value)

    began = time.perf_counter()
    plan = synthesise(load_stack("local"), program)
    seconds = time.perf_counter() - began
    if write:
        content = {"resources": plan.resources, "outputs": plan.outputs}
        (folder / PLAN).write_text(json.dumps(content), encoding="utf-8")
    return seconds, len(plan.resources)


def bare(folder: Path) -> tuple[float, int]:
    """Register the resources of a plan with nothing but the SDK: same types, names, parents, inputs and outputs.

    Its values are plain data, where the platform's are computed: that is the work which is compared.
    """
    import asyncio

    import pulumi
    import pulumi_aws as aws
    from google.protobuf import empty_pb2
    from pulumi.runtime import mocks, run_in_stack
    from pulumi.runtime.settings import configure

    from operations.plan.values import SIGNATURE, UNKNOWN

    plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    # A program names the provider's classes, and its modules are loaded when that first happens.
    for kind in sorted({r["type"] for r in plan["resources"] if r["type"].startswith("aws:")}):
        getattr(getattr(aws, kind.split(":")[1].split("/")[0]), kind.rpartition(":")[2])

    class Trivial(mocks.Mocks):
        def call(self, args: mocks.MockCallArgs) -> Any:
            return {}

        def new_resource(self, args: mocks.MockResourceArgs) -> Any:
            return f"{args.name}-id", args.inputs

    def plain(value: Any) -> Any:
        """What a program would have passed for a value of the plan."""
        if isinstance(value, dict):
            if SIGNATURE in value:
                return pulumi.Output.secret("secret")
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return "known" if value == UNKNOWN else value

    def program() -> None:
        made: dict[str, pulumi.Resource] = {}
        for entry in plan["resources"]:
            if entry["type"] == "pulumi:pulumi:Stack":
                continue
            options = pulumi.ResourceOptions(parent=made.get(entry.get("parent", "")))
            name = entry["urn"].rpartition("::")[2]
            kind = entry["type"]
            inputs = plain(entry["inputs"])
            if kind.startswith("pulumi:providers:"):
                made[entry["urn"]] = pulumi.ProviderResource(kind.rpartition(":")[2], name, inputs, options)
            elif entry["custom"]:
                made[entry["urn"]] = pulumi.CustomResource(kind, name, inputs, options)
            else:
                made[entry["urn"]] = component = pulumi.ComponentResource(kind, name, None, options)
                component.register_outputs(plain(entry.get("outputs", {})))
        for key, value in plan["outputs"].items():
            pulumi.export(key, plain(value))

    began = time.perf_counter()
    monitor = mocks.MockMonitor(Trivial())
    # What `set_mocks` does, without the root resource that it adds: `run_in_stack` makes one.
    configure(
        mocks.MockSettings(
            monitor=monitor,
            monitor_features=set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),
            engine=mocks.MockEngine(None),
            project=PROJECT,
            stack="local",
            dry_run=True,
            organization=None,
            callbacks=None,
        )
    )
    asyncio.run(run_in_stack(program))
    # The mock monitor keeps every resource but the stack itself.
    return time.perf_counter() - began, len(monitor.resources) + 1


def stack(name: str) -> tuple[float, int]:
    """Evaluate a stack as `streamctl synth` does."""
    from operations.plan.evaluate import synthesise
    from operations.plan.stack_file import load_stack

    began = time.perf_counter()
    plan = synthesise(load_stack(name))
    return time.perf_counter() - began, len(plan.resources)


def main(what: str, argument: str) -> None:
    folder = Path(argument)
    evaluations = {
        "stack": lambda: stack(argument),
        "platform": lambda: platform(folder),
        "plan": lambda: platform(folder, write=True),
        "bare": lambda: bare(folder),
    }
    seconds, resources = evaluations[what]()
    # Linux counts kilobytes.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "resources": resources, "memory": memory}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
