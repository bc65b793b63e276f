"""A registration of the program, checked and made ready to be compared with what exists and applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.errors import Mistake, PlatformError, problem
from operations.local.provision.resource import Handler
from operations.local.provision.state import Record
from operations.local.provision.values import equal, fingerprint, plain, secret_names


@dataclass(frozen=True)
class Registration:
    """What the program wants one resource to be.

    name:    logical name
    inputs:  plain data, with `tagsAll` where the type takes tags; without a physical name that the program left open
    hashes:  for each input that is secret, its fingerprint
    salt:    of the fingerprints
    dependencies, parent: URNs
    protect, retain: resource options
    """

    urn: str
    name: str
    handler: Handler
    inputs: dict[str, Any] = field(repr=False)
    hashes: dict[str, str]
    salt: str
    dependencies: list[str]
    parent: str
    protect: bool
    retain: bool

    @property
    def secret_values(self) -> list[Any]:
        """The values that no message may show."""
        return [self.inputs[name] for name in self.hashes]

    def changed(self, old: Record) -> frozenset[str]:
        """The names of the inputs in which this differs from `old`. Secrets are compared by their fingerprints."""
        return frozenset(
            name for name in {*self.inputs, *old.inputs, *old.secret_inputs} if not self._unchanged(name, old)
        )

    def _unchanged(self, name: str, old: Record) -> bool:
        if name not in self.inputs:
            return False
        if name in old.secret_inputs:
            now = self.hashes.get(name) or fingerprint(self.salt, self.urn, name, self.inputs[name])
            return now == old.secret_inputs[name]
        return name in old.inputs and equal(self.inputs[name], old.inputs[name], name in self.handler.documents)

    def record(self, identity: str, attributes: dict[str, Any]) -> Record:
        """What the state keeps once this has been applied."""
        return Record(
            urn=self.urn,
            type=self.handler.token,
            id=identity,
            inputs={name: value for name, value in self.inputs.items() if name not in self.hashes},
            secret_inputs=self.hashes,
            outputs=attributes,
            dependencies=self.dependencies,
            parent=self.parent,
            protect=self.protect,
            retain=self.retain,
        )


def prepared(
    urn: str,
    handler: Handler,
    inputs: Mapping[str, Any],
    secret_paths: Any,
    region: str,
    default_tags: Mapping[str, str],
    salt: str,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The inputs of a registration as plain data, and the fingerprints of those that are secret.

    Raises PlatformError, all mistakes at once, for inputs that are not carried out and for another region; also for a
    value that is unknown and for a physical name that is secret.
    """
    known = plain(urn, inputs)
    allowed = ", ".join(sorted(handler.settable))
    mistakes = [
        Mistake(
            urn,
            name,
            "an input that is not carried out on the AWS emulator",
            allowed,
            "remove the input, or use the resource that exists for it",
        )
        for name in sorted(known.keys() - handler.settable)
    ]
    if known.get("region", region) != region:
        mistakes.append(
            Mistake(urn, "region", str(known["region"]), region, "remove the input: a stack has one region")
        )
    if mistakes:
        raise PlatformError(mistakes)
    secrets = secret_names(known, secret_paths, handler.always_secret)
    if handler.name_key in secrets:
        wanted = "a name that is not secret, since it is part of the id"
        raise problem(urn, handler.name_key, "a secret", wanted, "keep secrets out of the name")
    if handler.taggable:
        tags = known.get("tags")
        known["tagsAll"] = {**default_tags, **(tags if isinstance(tags, dict) else {})}
        secrets |= {"tagsAll"} if "tags" in secrets else frozenset()
    return known, {name: fingerprint(salt, urn, name, known[name]) for name in sorted(secrets)}
