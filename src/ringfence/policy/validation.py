"""The form of a policy: its tree checked against the types, each mistake with its position."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ringfence.foundation.text import close_match
from ringfence.policy.document import Policy
from ringfence.policy.problems import Position, Problem, shown, unknown
from ringfence.policy.yaml_tree import Node, Scalar, Sequence, Table, plain

Path = tuple[str | int, ...]

_VLANS_EXPECTED: Final = "VLAN numbers and ranges such as 100-109,120"
_EXPECTED: Final[Mapping[str, str]] = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_pattern_mismatch": _VLANS_EXPECTED,
    "string_too_short": "text that is not empty",
    "tuple_type": "a list",
    "dict_type": "a mapping of names",
    "model_type": "a mapping",
    "date_type": "a date such as 2027-06-30",
    "date_parsing": "a date such as 2027-06-30",
    "date_from_datetime_parsing": "a date such as 2027-06-30",
    "date_from_datetime_inexact": "a date without a time, such as 2027-06-30",
}


def validated(root: Node) -> tuple[Policy | None, list[Problem]]:
    """Return the policy that a tree holds, or every mistake of its form."""
    try:
        # As JSON, since only there are lists and dates what the types take without guessing:
        # text is no number, and no key is known by its Python name.
        content = json.dumps(plain(root))
        policy = Policy.model_validate_json(content, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        return None, list(_problems(root, error.errors(include_url=False)))
    return policy, []


def locate(root: Node, path: Path) -> tuple[Path, Node, Position]:
    """Return how far ``path`` leads, the value there, and the position of its key or itself.

    Steps that are not in the tree (names that the types give to alternatives) are passed over.
    """
    node, position, walked = root, root.position, []
    for step in path:
        if isinstance(node, Table) and isinstance(step, str) and step in node.entries:
            position, node = node.entries[step].key, node.entries[step].node
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            position = node.position
        else:
            continue
        walked.append(step)
    return tuple(walked), node, position


def dotted(path: Path) -> str:
    """Return a path as an operator reads it: ``flows[2].services``, lists counted from 1."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or "the policy"


def _problems(root: Node, errors: Iterable[ErrorDetails]) -> Iterable[Problem]:
    # A value that fits none of several types is one mistake, though it has an error for each.
    alternatives: dict[Path, list[ErrorDetails]] = {}
    for error in errors:
        path, _, _ = locate(root, error["loc"])
        if error["type"] == "missing":
            yield _missing(root, error)
        elif error["type"] == "extra_forbidden":
            yield _unknown_key(root, path, str(error["loc"][-1]))
        else:
            alternatives.setdefault(path, []).append(error)
    for path, group in alternatives.items():
        _, node, key = locate(root, path)
        expected = " or ".join(dict.fromkeys(map(_expected, group)))
        # A scalar is marked where it stands, a list or mapping at the key that holds it.
        position = node.position if isinstance(node, Scalar) else key
        sentence = f"{dotted(path)} is {_found(node, group)}, expected {expected}."
        yield Problem(position, sentence + _suggestion(node, group))


def _missing(root: Node, error: ErrorDetails) -> Problem:
    name = error["loc"][-1]
    path, node, position = locate(root, error["loc"][:-1])
    what = f'"{name}"' if isinstance(name, str) else f"its entry {name + 1}"
    if not path:
        position = node.position
    return Problem(position, f"{dotted(path)} lacks {what}.")


def _unknown_key(root: Node, path: Path, key: str) -> Problem:
    _, _, position = locate(root, path)
    holder = path[:-1]
    allowed = _keys(holder)
    return Problem(position, unknown(f"a key of {dotted(holder)}", key, allowed))


def _found(node: Node, errors: list[ErrorDetails]) -> str:
    if all(error["type"] == "too_short" for error in errors):
        return "empty"
    return shown(plain(node))


def _expected(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return f"a whole number of at least {context['ge']}"
        case "less_than_equal":
            return f"a whole number of at most {context['le']}"
        case "literal_error":
            return str(context["expected"]).replace("'", "")
        case "too_short":
            return "at least one entry"
        case "too_long":
            return f"at most {context['max_length']} entries"
        case kind:
            return _EXPECTED.get(kind, error["msg"])


def _suggestion(node: Node, errors: list[ErrorDetails]) -> str:
    if not isinstance(node, Scalar):
        return ""
    if isinstance(node.value, str):
        allowed = [
            word.strip("' ")
            for error in errors
            if error["type"] == "literal_error"
            for word in str(error["ctx"]["expected"]).replace(" or ", ",").split(",")
        ]
        near = close_match(node.value, allowed)
        return f" Did you mean {shown(near)}?" if near else ""
    is_text = any(error["type"] == "string_type" for error in errors)
    return " Put it in quotes." if is_text and node.value is not None else ""


def _keys(path: Path) -> tuple[str, ...]:
    """Return the keys that the types allow at a path."""
    kinds: tuple[Any, ...] = (Policy,)
    for step in path:
        kinds = tuple(inner for kind in kinds for inner in _inside(kind, step))
    return tuple(
        field.alias or name
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items()
    )


def _inside(kind: Any, step: str | int) -> tuple[Any, ...]:
    """Return the types that stand at one step inside a type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = kind.model_fields.items()
        return tuple(
            part
            for name, field in fields
            if step in (field.alias, name)
            for part in _parts(field.annotation)
        )
    if origin is dict:
        return _parts(arguments[1])
    if origin is tuple:
        return _parts(arguments[0])
    return ()


def _parts(kind: Any) -> tuple[Any, ...]:
    """Return the alternatives of a type, without what only annotates it."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return _parts(typing.get_args(kind)[0])
    if origin in (typing.Union, types.UnionType):
        return tuple(part for inner in typing.get_args(kind) for part in _parts(inner))
    return (kind,)
