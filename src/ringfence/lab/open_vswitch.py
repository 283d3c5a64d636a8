"""Open vSwitch for one node: daemons and a database of its own, in the node's namespace.

The datapath is the userspace one: it needs no module of the kernel, and ends with its process.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ringfence.foundation.errors import LabError
from ringfence.lab.layout import Bond, Mirror, Node, OwnPort, Switch, SwitchPort
from ringfence.lab.place import LabPlace
from ringfence.lab.programs import run, run_inside
from ringfence.lab.requirements import SCHEMA

DAEMONS: Final = ("ovsdb-server", "ovs-vswitchd")
DATABASE: Final = "conf.db"
SOCKET: Final = "db.sock"
_SECONDS: Final = "10"
_CHOSEN: Final = frozenset(("active member", "active slave"))
"""What a bond says of the interface that it has chosen; the word before version 2.17, too."""


def has_switch(node: Node) -> bool:
    """Tell whether a node has an Open vSwitch."""
    return any(switch.kind == "open-vswitch" for switch in node.switches)


def pid_file(place: LabPlace, node: str, daemon: str) -> Path:
    """Return where a daemon of a node writes its process id."""
    return place.of_node(node) / f"{daemon}.pid"


def make_database(folder: Path) -> Path:
    """Make an empty database; it is copied for each node, which is quicker than making it."""
    database = folder / DATABASE
    run("ovsdb-tool", "create", str(database), str(SCHEMA))
    return database


def _wait_for_bond(place: LabPlace, node: str, bond: str) -> None:
    """Wait until a bond has chosen the interface by which it sends; before, it drops everything."""
    end = time.monotonic() + float(_SECONDS)
    while not _CHOSEN.intersection(
        map(str.strip, ask(place, node, "bond/show", bond).splitlines())
    ):
        if time.monotonic() > end:
            raise LabError(f"The bond {bond} of {node} does not come up.", "Try again.")
        time.sleep(0.02)


def environment(place: LabPlace, node: str) -> dict[str, str]:
    """Return what makes Open vSwitch's programs keep to a node's own folder, and find it there."""
    folder = str(place.of_node(node))
    return {f"OVS_{what}DIR": folder for what in ("RUN", "DB", "LOG", "SYSCONF")}


def start(place: LabPlace, node: Node, database: Path) -> None:
    """Start a node's daemons with its switches as they are laid out."""
    folder = place.of_node(node.name)
    folder.mkdir()
    shutil.copy(database, folder / DATABASE)
    namespace = place.namespace(node.name)
    server, switch = DAEMONS
    remote = f"unix:{folder / SOCKET}"
    common = ("--detach", "--no-chdir", "-vconsole:off")
    run_inside(
        namespace,
        server,
        str(folder / DATABASE),
        f"--remote=p{remote}",
        *_files(folder, server),
        *common,
        environment=environment(place, node.name),
    )
    # Written before the switch starts, everything is put in place at once.
    configure(place, node.name, *_transaction(node.switches), wait=False)
    run_inside(
        namespace,
        switch,
        remote,
        "--disable-system",
        *_files(folder, switch),
        *common,
        environment=environment(place, node.name),
    )
    configure(place, node.name)
    for one in node.switches:
        for bond in one.bonds:
            _wait_for_bond(place, node.name, bond.name)
        if one.kind == "open-vswitch" and one.flows:
            set_flows(place, node.name, one.name, one.flows)


def _files(folder: Path, daemon: str) -> tuple[str, ...]:
    return (
        f"--pidfile={folder / daemon}.pid",
        f"--unixctl={control(folder, daemon)}",
        f"--log-file={folder / daemon}.log",
    )


def control(folder: Path, daemon: str) -> Path:
    """Return the socket that ``ovs-appctl`` asks a daemon by."""
    return folder / f"{daemon}.ctl"


def configure(place: LabPlace, node: str, *words: str, wait: bool = True) -> str:
    """Run ``ovs-vsctl`` on a node's database, in one transaction; ``wait`` until it is in force."""
    database = f"--db=unix:{place.of_node(node) / SOCKET}"
    patience = (f"--timeout={_SECONDS}", *(() if wait else ("--no-wait",)))
    return run("ovs-vsctl", database, *patience, "--", *(words or ("init",)))


def set_flows(place: LabPlace, node: str, switch: str, flows: tuple[str, ...]) -> None:
    """Replace the flows of a switch; without any it learns and forwards as it does at first."""
    bridge = f"unix:{management(place, node, switch)}"
    wanted = flows or ("priority=0,actions=NORMAL",)
    run(
        "ovs-ofctl",
        "-O",
        "OpenFlow13",
        "replace-flows",
        bridge,
        "-",
        given="".join(f"{flow}\n" for flow in wanted),
    )


def management(place: LabPlace, node: str, switch: str) -> Path:
    """Return the socket on which a switch takes OpenFlow."""
    return place.of_node(node) / f"{switch}.mgmt"


def ask(place: LabPlace, node: str, *words: str) -> str:
    """Ask a node's switch daemon by ``ovs-appctl``."""
    socket = control(place.of_node(node), DAEMONS[1])
    return run("ovs-appctl", "-t", str(socket), f"--timeout={_SECONDS}", *words)


def _transaction(switches: tuple[Switch, ...]) -> Iterator[str]:
    yield "init"
    for switch in switches:
        if switch.kind != "open-vswitch":
            continue
        yield from ("--", "add-br", switch.name)
        yield from ("--", "set", "bridge", switch.name, "datapath_type=netdev")
        if switch.mac:
            yield f"other-config:hwaddr={switch.mac}"
        if switch.tag is not None:
            yield from ("--", "set", "port", switch.name, f"tag={switch.tag}")
        for port in switch.ports:
            yield from ("--", "add-port", switch.name, port.interface, *port_settings(port))
        for bond in switch.bonds:
            yield from ("--", "add-bond", switch.name, bond.name, *bond.interfaces)
            yield from _bond_settings(bond)
        for own in switch.own:
            yield from own_port(switch.name, own)
        for mirror in switch.mirrors:
            yield from add_mirror(switch.name, mirror)


def port_settings(port: SwitchPort) -> tuple[str, ...]:
    """Return the columns of a port in the database, as ``ovs-vsctl`` takes them."""
    return (
        *(() if port.tag is None else (f"tag={port.tag}",)),
        *((f"trunks={','.join(map(str, port.trunks))}",) if port.trunks else ()),
        *(() if port.mode == "access" else (f"vlan_mode={port.mode}",)),
    )


def own_port(switch: str, own: OwnPort) -> Iterator[str]:
    """Yield the words that add a port with an interface of the node itself."""
    name = own.interface.name
    yield from ("--", "add-port", switch, name, f"tag={own.tag}")
    mac = own.interface.mac.replace(":", "\\:")
    yield from ("--", "set", "interface", name, "type=internal", f"mac={mac}")


def add_mirror(switch: str, mirror: Mirror) -> Iterator[str]:
    """Yield the words that add a mirror."""
    yield from ("--", "--id=@to", "get", "port", mirror.output)
    yield from ("--", "--id=@mirror", "create", "mirror", f"name={mirror.name}")
    yield from ("select_all=true", "output-port=@to")
    if mirror.vlan is not None:
        yield f"select_vlan={mirror.vlan}"
    yield from ("--", "add", "bridge", switch, "mirrors", "@mirror")


def _bond_settings(bond: Bond) -> Iterator[str]:
    yield f"bond_mode={bond.mode}"
    if bond.tag is not None:
        yield f"tag={bond.tag}"
    if bond.trunks:
        yield f"trunks={','.join(map(str, bond.trunks))}"
