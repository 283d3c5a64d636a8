"""A running lab becomes another: what differs between two layouts is changed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringfence.lab import namespaces, open_vswitch
from ringfence.lab.building import address_lines, cable_lines, settings
from ringfence.lab.layout import Layout, Node, OwnPort, Switch, SwitchPort
from ringfence.lab.place import LabPlace
from ringfence.lab.programs import run, run_inside


def change(place: LabPlace, before: Layout, after: Layout) -> None:
    """Turn a lab that is ``before`` into ``after``; both have the same nodes and switches.

    Raises ``LabError`` where a step fails; the lab is then something in between, and the same
    change back still works.
    """
    new = [cable for cable in after.cables if cable not in before.cables]
    old = [cable for cable in before.cables if cable not in after.cables]
    for was, now in zip(before.nodes, after.nodes, strict=True):
        _take_ports(place, was, now)
    for cable in old:
        namespace = place.namespace(cable.one.node)
        run("ip", "-n", namespace, "link", "delete", cable.one.interface)
    if new:
        run("ip", "-batch", "-", given="".join(cable_lines(place, after, new)))
    for was, now in zip(before.nodes, after.nodes, strict=True):
        if was != now:
            _change_node(place, was, now)


def _change_node(place: LabPlace, was: Node, now: Node) -> None:
    namespace = place.namespace(now.name)
    added = [one for one in now.interfaces if one not in was.interfaces]
    with namespaces.entered(namespace):
        namespaces.set_inside(settings(now))
        for interface in added:
            namespaces.compute_checksums(interface.name)
    lines = [
        line for interface in added for line in address_lines(interface.name, interface.addresses)
    ]
    if lines:
        run("ip", "-n", namespace, "-batch", "-", given="".join(f"{line}\n" for line in lines))
    for old, new in zip(was.switches, now.switches, strict=True):
        if old != new:
            _give_ports(place, now.name, old, new)
    if was.ruleset != now.ruleset:
        run_inside(namespace, "nft", "-f", "-", given=now.ruleset)


def _take_ports(place: LabPlace, was: Node, now: Node) -> None:
    """Take away ports that are gone, before their interfaces are."""
    for old, new in zip(was.switches, now.switches, strict=True):
        gone = [port.interface for port in old.ports if new.port(port.interface) is None]
        if old.kind == "linux-bridge":
            for name in gone:
                run("ip", "-n", place.namespace(now.name), "link", "set", name, "nomaster")
            continue
        words = [word for name in gone for word in ("--", "--if-exists", "del-port", name)]
        for own in old.own:
            if own not in new.own:
                words += ["--", "--if-exists", "del-port", own.interface.name]
        if old.mirrors and old.mirrors != new.mirrors:
            words += ["--", "clear", "bridge", old.name, "mirrors"]
        if words:
            open_vswitch.configure(place, now.name, *words[1:])


def _give_ports(place: LabPlace, node: str, old: Switch, new: Switch) -> None:
    """Set the ports that are new or changed, and whatever else a switch does."""
    if new.kind == "linux-bridge":
        for port in new.ports:
            if old.port(port.interface) is None:
                namespace = place.namespace(node)
                run("ip", "-n", namespace, "link", "set", port.interface, "master", new.name)
        return
    words = list(_port_words(old, new))
    for mirror in new.mirrors:
        if mirror not in old.mirrors:
            words += open_vswitch.add_mirror(new.name, mirror)
    if words:
        open_vswitch.configure(place, node, *words[1:])
    _give_own(place, node, [own for own in new.own if own not in old.own])
    if old.mirrors != new.mirrors:
        # The datapath would go on as before until its flows run out.
        open_vswitch.ask(place, node, "revalidator/purge")
    if old.flows != new.flows:
        open_vswitch.set_flows(place, node, new.name, new.flows)


def _give_own(place: LabPlace, node: str, added: Iterable[OwnPort]) -> None:
    for own in added:
        lines = address_lines(own.interface.name, own.interface.addresses)
        given = "".join(f"{line}\n" for line in lines)
        run("ip", "-n", place.namespace(node), "-batch", "-", given=given)


def _port_words(old: Switch, new: Switch) -> Iterator[str]:
    for port in new.ports:
        was = old.port(port.interface)
        if was is None:
            yield from ("--", "add-port", new.name, port.interface)
            yield from open_vswitch.port_settings(port)
        elif was != port:
            yield from _changed_port(port)
    for own in new.own:
        if own not in old.own:
            yield from open_vswitch.own_port(new.name, own)


def _changed_port(port: SwitchPort) -> Iterator[str]:
    yield from ("--", "clear", "port", port.interface, "tag", "trunks", "vlan_mode")
    if settings_now := open_vswitch.port_settings(port):
        yield from ("--", "set", "port", port.interface, *settings_now)
