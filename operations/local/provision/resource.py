"""What a type of resource must tell the provisioner, and what the handlers share."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from operations.local.provision.clients import Clients
from operations.local.provision.failures import error_code
from operations.local.provision.state import Record

Inputs = Mapping[str, Any]
Attributes = dict[str, Any]


class Handler:
    """One type of resource. Without state: one instance serves all resources and all threads.

    token:     Pulumi's type token
    settable:  the inputs that are carried out; others are refused rather than silently left out
    replaces:  the inputs whose change the provider answers with a replacement
    name_key:  the input that is the physical name; it is made up from the logical name when absent. "" if none
    prefix_key: the input that is a prefix for a made-up name
    defaults:  outputs that the provider gives for inputs that are absent
    documents: inputs that are JSON documents
    always_secret: inputs that the SDK treats as secret whatever the program says
    regional:  whether it belongs to a region
    """

    token: ClassVar[str]
    settable: ClassVar[frozenset[str]]
    replaces: ClassVar[frozenset[str]] = frozenset()
    name_key: ClassVar[str] = ""
    prefix_key: ClassVar[str] = ""
    defaults: ClassVar[Attributes] = {}
    documents: ClassVar[frozenset[str]] = frozenset()
    always_secret: ClassVar[frozenset[str]] = frozenset()
    regional: ClassVar[bool] = True

    @property
    def taggable(self) -> bool:
        """Whether it takes tags. Its inputs then have `tagsAll` too: the tags with the default ones."""
        return "tags" in self.settable

    def made_up_name(self, logical: str, inputs: Inputs) -> str:
        """A physical name for the resource `logical` that has been given none."""
        prefix = inputs.get(self.prefix_key) if self.prefix_key else None
        return f"{prefix}{secrets.token_hex(13)}" if prefix else f"{logical}-{secrets.token_hex(4)[:7]}"

    def must_replace(self, old: Record, inputs: Inputs, changed: frozenset[str]) -> frozenset[str]:
        """Those of the `changed` inputs that cannot be applied in place."""
        return changed & self.replaces

    def create(self, aws: Clients, inputs: Inputs) -> tuple[str, Attributes]:
        """Create the resource. Returns its id and the attributes that AWS gave."""
        raise NotImplementedError

    def update(self, aws: Clients, old: Record, inputs: Inputs, changed: frozenset[str]) -> Attributes:
        """Apply `inputs`, of which the `changed` ones differ from `old`. Returns the attributes."""
        raise NotImplementedError

    def delete(self, aws: Clients, old: Record) -> None:
        """Delete the resource; it is no error if it is gone already."""
        raise NotImplementedError

    def listing(self, aws: Clients) -> frozenset[str] | None:
        """What exists of this type on the emulator, in one request, for `exists`. None: `exists` asks by itself."""
        return None

    def exists(self, aws: Clients, old: Record, listing: frozenset[str] | None) -> bool:
        """Whether the resource is still there."""
        return listing is not None and old.id in listing

    def find(self, aws: Clients, name: str, inputs: Inputs) -> str | None:
        """The id of the resource with the physical name `name`, if it exists.

        None too where creating it a second time does no harm.
        """
        return None


def present(inputs: Inputs, **parameters: str) -> dict[str, Any]:
    """API parameters from inputs: `present(inputs, Description="description")`, without those that are absent."""
    return {parameter: inputs[name] for parameter, name in parameters.items() if name in inputs}


def pascal(value: Any, special: Mapping[str, str]) -> Any:
    """Nested inputs in the spelling of the AWS APIs: `noncurrentDays` -> `NoncurrentDays`.

    special: the names that do not follow this rule
    """
    if isinstance(value, Mapping):
        return {special.get(k) or k[:1].upper() + k[1:]: pascal(item, special) for k, item in value.items()}
    if isinstance(value, list):
        return [pascal(item, special) for item in value]
    return value


def tag_list(inputs: Inputs, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """The tags of a resource in the list form of most AWS APIs."""
    return [{key: name, value: str(text)} for name, text in sorted(inputs.get("tagsAll", {}).items())]


def obsolete_tags(existing: list[dict[str, str]], inputs: Inputs, key: str = "Key") -> list[str]:
    """The names of the tags that the resource has and shall not have any more."""
    return [tag[key] for tag in existing if tag[key] not in inputs.get("tagsAll", {})]


def pages(call: Callable[..., dict[str, Any]], items: str, given: str, returned: str = "") -> Iterator[Any]:
    """All items of a listing.

    items: the member of the answer that holds them; given, returned: the names of the continuation token
    """
    token: dict[str, Any] = {}
    while True:
        answer = call(**token)
        yield from answer.get(items, [])
        following = answer.get(returned or given)
        if not following:
            return
        token = {given: following}


def tolerate(codes: tuple[str, ...], call: Callable[..., Any], **parameters: Any) -> Any:
    """Call AWS; None instead of an error with one of the `codes`."""
    from botocore.exceptions import ClientError

    try:
        return call(**parameters)
    except ClientError as error:
        if error_code(error) in codes:
            return None
        raise
