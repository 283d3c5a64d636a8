"""Looking at a vSphere inventory with pyvmomi."""

from __future__ import annotations

from typing import Any


def view_of(content: Any, kind: type) -> list[Any]:
    """Every object of a kind."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], recursive=True)
    objects = list(view.view)
    view.DestroyView()
    return objects


def found(content: Any, kind: type, name: str) -> Any:
    """The object of a kind that has the name."""
    (one,) = (o for o in view_of(content, kind) if o.name == name)
    return one
