"""Parts are found, not listed: each is a module or package with one frozen constant.

A package of parts is walked one level deep, then the entry-point group of the same purpose is
asked, so that another distribution can add parts without touching this one.
"""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, TypeVar

from ringfence.foundation.errors import DefectError

if TYPE_CHECKING:
    from types import ModuleType

Part = TypeVar("Part")


def find_parts(package: ModuleType, constant: str, kind: type[Part], group: str) -> list[Part]:
    """Return every part of ``package`` and of the entry-point ``group``, in order of module name.

    A part is the value of ``constant`` in a module directly below ``package``; modules without
    it are helpers. Raises ``DefectError`` where the constant has another type than ``kind``.
    """
    parts: list[Part] = []
    for module_info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package.__name__}.{module_info.name}")
        if hasattr(module, constant):
            parts.append(_checked(getattr(module, constant), kind, module.__name__))
    parts.extend(
        _checked(entry.load(), kind, entry.value)
        for entry in sorted(entry_points(group=group), key=lambda entry: entry.name)
    )
    return parts


def load(reference: str) -> Any:
    """Return the object that an import string (``package.module:name``) refers to.

    Raises ``DefectError`` where there is no such module or name.
    """
    module_name, _, name = reference.partition(":")
    try:
        return getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        message = f"The part {reference!r} cannot be loaded: {error}."
        raise DefectError(
            message, "Reinstall ringfence, or remove the package it is from."
        ) from error


def _checked(value: object, kind: type[Part], where: str) -> Part:
    if isinstance(value, kind):
        return value
    message = f"The part in {where} is a {type(value).__name__}, expected a {kind.__name__}."
    raise DefectError(message, "Remove or correct that part.")
