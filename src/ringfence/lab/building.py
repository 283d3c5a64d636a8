"""A lab is built from its layout; where that fails half-way, what was made is removed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ringfence.foundation.errors import LabError
from ringfence.foundation.progress import Progress, SilentProgress
from ringfence.lab import namespaces, open_vswitch
from ringfence.lab.journal import Made, begin, record
from ringfence.lab.layout import Cable, Layout, Node, Switch
from ringfence.lab.place import LabPlace, LabState
from ringfence.lab.programs import run, run_inside
from ringfence.lab.removing import remove
from ringfence.lab.requirements import require

_AT_ONCE: Final = 4


def build(place: LabPlace, layout: Layout, progress: Progress | None = None) -> None:
    """Build a lab, whole or not at all.

    Raises ``LabError`` where one is there already, something is missing on this machine, or a
    step fails.
    """
    told = progress or SilentProgress()
    require(switches=any(map(open_vswitch.has_switch, layout.nodes)))
    begin(place.folder)
    try:
        _make(place, layout, told)
    except BaseException:
        remove(place)
        raise
    place.keep(LabState(layout=layout))


def _make(place: LabPlace, layout: Layout, told: Progress) -> None:
    told.step("Making namespaces and cables")
    place.policy.write_text(layout.policy, encoding="utf-8")
    names = [place.namespace(node.name) for node in layout.nodes]
    for name in names:
        if namespaces.exists(name):
            message = f"There is a namespace {name} that no lab of this name made."
            raise LabError(message, f"Remove it ('ip netns delete {name}'), or name the lab.")
    record(place.folder, *(Made(kind="namespace", name=name) for name in names))
    namespaces.add(names)
    run("ip", "-batch", "-", given="".join(cable_lines(place, layout, layout.cables)))
    told.step("Starting switches and machines")
    for node in layout.nodes:
        with namespaces.entered(place.namespace(node.name)):
            namespaces.set_inside(settings(node))
            for interface in node.interfaces:
                namespaces.compute_checksums(interface.name)
    _each(lambda node: _set_up(place, node), layout.nodes)
    _start_switches(place, layout)


def cable_lines(place: LabPlace, layout: Layout, cables: Iterable[Cable]) -> Iterator[str]:
    """Yield what ``ip`` takes to lay cables of a layout, lines that end in a line feed."""
    macs = {
        (node.name, interface.name): interface.mac
        for node in layout.nodes
        for interface in node.interfaces
    }
    for one, other in ((cable.one, cable.other) for cable in cables):
        yield (
            f"link add {one.interface} address {macs[one.node, one.interface]} "
            f"netns {place.namespace(one.node)} type veth peer name {other.interface} "
            f"address {macs[other.node, other.interface]} netns {place.namespace(other.node)}\n"
        )


def settings(node: Node) -> Iterator[tuple[str, int]]:
    """Yield the kernel settings of a node: nothing forwards but what shall.

    Addresses are used at once (no search for duplicates), and no advertisement is believed; what
    ARP says counts at once, since whoever lies by it would only wait for a moment. By the
    interfaces of switch ports a host takes in nothing: the userspace switch reads them beside the
    host's own stack, which would answer for any of its addresses there.
    """
    for name in ("all", "default", *(interface.name for interface in node.interfaces)):
        yield f"net.ipv6.conf.{name}.accept_dad", 0
        yield f"net.ipv6.conf.{name}.accept_ra", 0
        yield f"net.ipv4.conf.{name}.rp_filter", int(node.reverse_path)
        yield f"net.ipv4.conf.{name}.send_redirects", 0
    for interface in node.interfaces:
        yield f"net.ipv4.neigh.{interface.name}.locktime", 0
    if node.kind in {"host", "fabric"}:
        for interface in node.interfaces:
            yield from _deaf(interface.name, deaf=interface.name not in node.listens)
    yield "net.ipv4.ip_forward", int(node.forwards)
    yield "net.ipv6.conf.all.forwarding", int(node.forwards)


def _deaf(interface: str, *, deaf: bool = True) -> Iterator[tuple[str, int]]:
    """Yield what keeps a system from taking in packets by an interface without an address."""
    yield f"net.ipv4.conf.{interface}.rp_filter", int(deaf)
    yield f"net.ipv6.conf.{interface}.disable_ipv6", int(deaf)


def _deafen_switches(place: LabPlace, node: Node) -> None:
    """Let a node take in nothing by the own interfaces of its switches that have no address."""
    names = [switch.name for switch in node.switches if not switch.addresses]
    with namespaces.entered(place.namespace(node.name)):
        namespaces.set_inside(pair for name in names for pair in _deaf(name))


def _set_up(place: LabPlace, node: Node) -> None:
    namespace = place.namespace(node.name)
    run("ip", "-n", namespace, "-batch", "-", given="".join(f"{line}\n" for line in _links(node)))
    if not open_vswitch.has_switch(node):
        _deafen_switches(place, node)
    if node.ruleset:
        run_inside(namespace, "nft", "-f", "-", given=node.ruleset)


def _links(node: Node) -> Iterator[str]:
    yield "link set lo up"
    for switch in node.switches:
        if switch.kind == "linux-bridge":
            mac = f" address {switch.mac}" if switch.mac else ""
            yield f"link add {switch.name}{mac} type bridge"
            for port in switch.ports:
                yield f"link set {port.interface} master {switch.name}"
            yield from address_lines(switch.name, switch.addresses)
    for interface in node.interfaces:
        yield from address_lines(interface.name, interface.addresses)
    for gateway in node.gateways:
        yield f"route add {'::/0' if ':' in gateway else '0.0.0.0/0'} via {gateway}"
    for route in node.routes:
        yield f"route add {route}"
    for neighbour in node.neighbours:
        yield f"neigh add {neighbour} nud permanent"


def address_lines(interface: str, addresses: Sequence[str]) -> Iterator[str]:
    """Yield the addresses of an interface, and that it is up."""
    yield f"link set {interface} up"
    for address in addresses:
        yield f"addr add {address} dev {interface}{' nodad' if ':' in address else ''}"


def _start_switches(place: LabPlace, layout: Layout) -> None:
    switching = [node for node in layout.nodes if open_vswitch.has_switch(node)]
    if not switching:
        return
    record(
        place.folder,
        *(
            Made(kind="daemon", name=str(open_vswitch.pid_file(place, node.name, daemon)))
            for node in switching
            for daemon in open_vswitch.DAEMONS
        ),
    )
    database = open_vswitch.make_database(place.folder)

    def start(node: Node) -> None:
        open_vswitch.start(place, node, database)
        lines = [line for switch in node.switches for line in _own_interface(switch)]
        if lines:
            namespace = place.namespace(node.name)
            run("ip", "-n", namespace, "-batch", "-", given="".join(lines))
        _deafen_switches(place, node)

    _each(start, switching)


def _own_interface(switch: Switch) -> Iterator[str]:
    if switch.kind == "open-vswitch":
        yield from (f"{line}\n" for line in address_lines(switch.name, switch.addresses))
    for own in switch.own:
        lines = address_lines(own.interface.name, own.interface.addresses)
        yield from (f"{line}\n" for line in lines)


def _each(work: Callable[[Node], None], nodes: Sequence[Node]) -> None:
    """Do the same for several nodes at once; the work is that of other programs."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        for _ in pool.map(work, nodes):
            pass
