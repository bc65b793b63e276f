"""Where the engine starts the pack: `pulumi preview --policy-pack policies`."""

import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def _as_package() -> None:
    """Make this folder the package `policies`, whatever it is called where the engine has put it."""
    spec = importlib.util.spec_from_file_location(
        "policies", HERE / "__init__.py", submodule_search_locations=[str(HERE)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(str(HERE))
    package = importlib.util.module_from_spec(spec)
    sys.modules["policies"] = package
    spec.loader.exec_module(package)


def main() -> None:
    """Serve the pack until the engine ends it."""
    _as_package()
    from pulumi_policy import EnforcementLevel, PolicyPack

    from policies.pack import DESCRIPTION, NAME, sdk_policies

    PolicyPack(NAME, list(sdk_policies()), EnforcementLevel.MANDATORY, description=DESCRIPTION)


if __name__ == "__main__":
    main()
