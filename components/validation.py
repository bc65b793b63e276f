"""From pydantic's findings to this project's `Mistake`s."""

import difflib
import json
import types
import typing
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from components.errors import Mistake, PlatformError

M = TypeVar("M", bound=BaseModel)

_REMEDIES = {
    "missing": "add the key",
    "extra_forbidden": "correct the spelling or remove the key",
}


def validate(model: type[M], data: Any, where: str, prefix: str = "") -> M:
    """An instance of `model` made of `data`, which was read from the file `where`.

    prefix: put before each key in messages
    Raises PlatformError with all mistakes at once, ordered as pydantic finds them.
    """
    if not isinstance(data, dict):
        raise PlatformError(
            Mistake(where, prefix.rstrip(":."), _shown(data), "a mapping of keys to values", "write `key: value` lines")
        )
    try:
        # Through JSON, because only there the strict mode takes an enum's text for the enum.
        text = json.dumps(data, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        # A YAML anchor that contains itself, or a key that is no word.
        raise PlatformError(
            Mistake(where, prefix.rstrip(":."), str(error), "keys with plain values", "write it without that reference")
        ) from None
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise PlatformError(
            [_mistake(detail, model, where, prefix) for detail in error.errors(include_url=False)]
        ) from None


def _mistake(detail: ErrorDetails, model: type[BaseModel], where: str, prefix: str) -> Mistake:
    kind, context = detail["type"], detail.get("ctx", {})
    # Discriminated unions add the tag of the arm that was tried to the path; it is no key of the file.
    path, owner = _path(detail["loc"], model)
    key = prefix + path
    if kind == "value_error":
        text, _, remedy = str(context.get("error", detail["msg"])).partition("; ")
        return Mistake(where, key.rstrip(":."), text, "", remedy)
    remedy = _REMEDIES.get(kind, "correct the value")
    allowed = detail["msg"]
    if kind == "missing":
        return Mistake(where, key, "nothing", f"required: {_field_help(owner, detail['loc'][-1])}".rstrip(": "), remedy)
    if kind == "extra_forbidden":
        names = sorted(owner.model_fields) if owner else []
        near = difflib.get_close_matches(str(detail["loc"][-1]), names, 1)
        if near:
            remedy = f"did you mean `{near[0]}`? Else remove the key"
        return Mistake(where, key, f"an unknown key with the value {_shown(detail['input'])}", ", ".join(names), remedy)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        key += "." + str(context.get("discriminator", "")).strip("'")
        allowed = str(context.get("expected_tags", "")) or allowed
        found = context.get("tag", "nothing")
        return Mistake(where, key, _shown(found), allowed, "choose one of these" if allowed else remedy)
    return Mistake(where, key, _shown(detail["input"]), allowed, remedy)


def _path(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, type[BaseModel] | None]:
    """The dotted path of a location in the file, and the model that owns its last key."""
    owner: Any = model
    parts: list[str] = []
    for index, step in enumerate(location):
        last = index == len(location) - 1
        if isinstance(step, int):
            parts.append(f"[{step}]")
            continue
        if isinstance(owner, _Union):
            # The step is the tag of an arm.
            owner = owner.arm(step)
            continue
        parts.append(step if not parts else f".{step}")
        if last:
            break
        field = owner.model_fields.get(step) if isinstance(owner, type) and issubclass(owner, BaseModel) else None
        owner = _inner(field.annotation, field.discriminator) if field else None
    return "".join(parts), owner if isinstance(owner, type) else None


class _Union:
    def __init__(self, arms: list[type[BaseModel]], discriminator: str):
        self.arms, self.discriminator = arms, discriminator

    def arm(self, tag: int | str) -> type[BaseModel] | None:
        for arm in self.arms:
            literal = arm.model_fields[self.discriminator].annotation
            if tag in typing.get_args(literal):
                return arm
        return None


def _inner(annotation: Any, discriminator: Any) -> Any:
    """The model, or the tagged union of models, behind Optional, list and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        tags = [getattr(extra, "discriminator", None) for extra in arguments[1:]]
        return _inner(arguments[0], next((tag for tag in tags if tag), None))
    if typing.get_origin(annotation) in (typing.Union, types.UnionType) and isinstance(discriminator, str):
        return _Union([arm for arm in arguments if isinstance(arm, type)], discriminator)
    for argument in arguments:
        found = _inner(argument, discriminator)
        if found is not None:
            return found
    return None


def _field_help(owner: type[BaseModel] | None, name: int | str) -> str:
    field = owner.model_fields.get(str(name)) if owner else None
    if field is None:
        return ""
    if field.description:
        return field.description
    options = typing.get_args(field.annotation)
    return " or ".join(map(str, options)) if options and all(isinstance(o, str) for o in options) else ""


def _shown(value: object) -> str:
    """A value for a message: short, and with its type where that may be what is wrong."""
    if isinstance(value, dict):
        return "a mapping with " + (", ".join(map(str, list(value)[:6])) or "no keys")
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({type(value).__name__})"
