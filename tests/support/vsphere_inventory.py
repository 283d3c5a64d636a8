"""An inventory that a stub serves, which may change while it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from vsphere_objects import object_xml
from vsphere_stub import Answerer, Fault, answers

Properties = dict[str, str]


@dataclass
class Inventory:
    """Objects by type and id; ``before_read`` is called before each request for properties.

    ``unsupported`` are properties that answer with InvalidProperty, ``broken`` ids whose mere
    mention is a fault, ``page`` the most objects of an answer.
    """

    objects: dict[tuple[str, str], Properties]
    before_read: Callable[[str, list[str], list[str]], None] = lambda *_: None
    unsupported: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    page: int = 1000
    requests: list[tuple[str, list[str], list[str]]] = field(default_factory=list)
    rest: dict[str, list[str]] = field(default_factory=dict)

    def answers(self, **more: Answerer) -> dict[str, Answerer]:
        """Answerers for a stub that serves this inventory."""
        return answers(
            CreateContainerView=lambda _: '<returnval type="ContainerView">view-1</returnval>',
            RetrievePropertiesEx=self._retrieve,
            ContinueRetrievePropertiesEx=self._continue,
            **{"RetrieveAllPermissions": lambda _: "", **more},
        )

    def _retrieve(self, body: str) -> str:
        kind = re.search(r"<type>(\w+)</type>", body)
        asked = re.findall(r'<obj type="\w+">([^<]+)</obj>', body)
        paths = re.findall(r"<pathSet>([^<]+)</pathSet>", body)
        assert kind is not None
        if kind[1] == "ContainerView":
            members = "".join(
                f'<ManagedObjectReference type="{name}">{moid}</ManagedObjectReference>'
                for name, moid in self.objects
                if moid != "group-d1"
            )
            value = f'<val xsi:type="ArrayOfManagedObjectReference">{members}</val>'
            return (
                '<returnval><objects><obj type="ContainerView">view-1</obj><propSet><name>view'
                f"</name>{value}</propSet></objects></returnval>"
            )
        self.requests.append((kind[1], asked, paths))
        self.before_read(kind[1], asked, paths)
        for path in paths:
            if path in self.unsupported:
                raise Fault("InvalidProperty", f"<name>{path}</name>")
        if self.broken & set(asked):
            raise Fault("SystemError")
        found = [
            object_xml(kind[1], moid, _chosen(self.objects[kind[1], moid], paths)).replace(
                "ObjectContent", "objects"
            )
            for moid in asked
            if (kind[1], moid) in self.objects
        ]
        return self._paged(found)

    def _continue(self, body: str) -> str:
        token = re.search(r"<token>(\w+)</token>", body)
        assert token is not None
        return self._paged(self.rest.pop(token[1]))

    def _paged(self, found: list[str]) -> str:
        token = ""
        if len(found) > self.page:
            name = f"t{len(self.requests)}x{len(found)}"
            self.rest[name] = found[self.page :]
            token = f"<token>{name}</token>"
        return f"<returnval>{token}{''.join(found[: self.page])}</returnval>"


def _chosen(properties: Properties, paths: list[str]) -> Properties:
    return {path: properties[path] for path in paths if path in properties}
