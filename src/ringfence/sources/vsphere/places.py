"""Where things stand: folders with their paths, datacenters, clusters, resource pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from ringfence.model.facts import NotRead, Setting
from ringfence.model.places import Cluster, Datacenter, Folder, PlacementRule, ResourcePool
from ringfence.sources.vsphere.content import Content
from ringfence.sources.vsphere.machines import allocation
from ringfence.sources.vsphere.names import Ids, unescaped
from ringfence.sources.vsphere.values import at, items, kind, text, texts, truth

_UNSET: Final = NotRead(reason="not-collected", detail="the server does not give it")


class Tree:
    """The inventory as a tree of parents; paths as an operator writes them."""

    def __init__(self, contents: Mapping[str, Content], ids: Ids) -> None:
        self._contents = contents
        self._ids = ids

    def path(self, moid: str) -> str:
        """Return the absolute path of a folder or datacenter: ``/Harbour/vm/dmz``.

        The root folder is ``/``. Slashes within names keep the API's escape, ``%2f``.
        """
        above = self._above(moid)
        names = [content.text("name") for content in above if content.text("parent")]
        return "/" + "/".join(reversed(names))

    def datacenter(self, moid: str) -> str | None:
        """Return the id of the datacenter that holds an object, ``None`` where none does."""
        for content in self._above(moid):
            if content.reference.type == "Datacenter":
                return self._ids.of(content.id)
        return None

    def parent(self, content: Content) -> str | None:
        """Return the id of an object's parent, ``None`` for the root."""
        parent = content.text("parent")
        return self._ids.of(parent) if parent else None

    def _above(self, moid: str) -> list[Content]:
        """Return an object and what holds it, up to the root; a damaged tree may be a loop."""
        found: list[Content] = []
        while (content := self._contents.get(moid)) is not None and content not in found:
            found.append(content)
            moid = content.text("parent")
        return found


def folder(content: Content, tree: Tree, ids: Ids) -> Folder:
    """Return a folder with its path."""
    return Folder(
        id=ids.of(content.id),
        name=unescaped(content.text("name")) or content.id,
        path=tree.path(content.id),
        parent=tree.parent(content),
    )


def datacenter(content: Content, tree: Tree, ids: Ids) -> Datacenter:
    """Return a datacenter with its path."""
    return Datacenter(
        id=ids.of(content.id),
        name=unescaped(content.text("name")) or content.id,
        path=tree.path(content.id),
        folder=tree.parent(content),
    )


def cluster(content: Content, tree: Tree, ids: Ids) -> Cluster:
    """Return a cluster with its rules on where machines run."""
    path = "configurationEx"
    return Cluster(
        id=ids.of(content.id),
        name=unescaped(content.text("name")) or content.id,
        parent=tree.parent(content),
        datacenter=tree.datacenter(content.id),
        hosts=tuple(sorted(ids.of(host) for host in texts(content.items("host")))),
        moves_machines=content.fact(path, lambda v: truth(v, "drsConfig.enabled") is True, _UNSET),
        restarts_machines=content.fact(
            path, lambda v: truth(v, "dasConfig.enabled") is True, _UNSET
        ),
        rules=content.fact(path, lambda value: _rules(value, ids), _UNSET),
        settings=content.fact(path, _settings, _UNSET),
    )


def pool(content: Content, pools: Mapping[str, Content], ids: Ids) -> ResourcePool:
    """Return a resource pool or vApp; the root pool of a cluster has no parent pool."""
    parent, owner = content.text("parent"), content.text("owner")
    return ResourcePool(
        id=ids.of(content.id),
        name=unescaped(content.text("name")) or content.id,
        parent=ids.of(parent) if parent in pools else None,
        owner=ids.of(owner) if owner else None,
        cpu=content.fact("config", lambda v: allocation(at(v, "cpuAllocation")), _UNSET),
        memory=content.fact("config", lambda v: allocation(at(v, "memoryAllocation")), _UNSET),
    )


def _settings(configuration: Any) -> tuple[Setting, ...]:
    keys = ("drsConfig.defaultVmBehavior", "dasConfig.admissionControlEnabled")
    return tuple(
        Setting(key=key, value=text(configuration, key))
        for key in sorted(keys)
        if at(configuration, key) is not None
    )


def _rules(configuration: Any, ids: Ids) -> tuple[PlacementRule, ...]:
    groups = {text(group, "name"): group for group in items(configuration, "group")}

    def members(name: str, field: str) -> tuple[str, ...]:
        return tuple(ids.of(moid) for moid in texts(groups.get(name), field))

    found = []
    for rule in items(configuration, "rule"):
        rule_kind: Literal["keep-on-hosts", "keep-off-hosts", "keep-together", "keep-apart"]
        machines = tuple(ids.of(moid) for moid in texts(rule, "vm"))
        hosts: tuple[str, ...] = ()
        match kind(rule):
            case "ClusterVmHostRuleInfo":
                on, off = text(rule, "affineHostGroupName"), text(rule, "antiAffineHostGroupName")
                rule_kind = "keep-on-hosts" if on else "keep-off-hosts"
                machines = members(text(rule, "vmGroupName"), "vm")
                hosts = members(on or off, "host")
            case "ClusterAffinityRuleSpec":
                rule_kind = "keep-together"
            case "ClusterAntiAffinityRuleSpec":
                rule_kind = "keep-apart"
            case _:
                continue  # Dependencies of restarts: they place nothing.
        found.append(
            PlacementRule(
                name=text(rule, "name"),
                kind=rule_kind,
                enabled=truth(rule, "enabled") is True,
                mandatory=truth(rule, "mandatory") is True,
                machines=machines,
                hosts=hosts,
            )
        )
    return tuple(sorted(found, key=lambda rule: rule.name))
