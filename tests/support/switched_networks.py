"""Networks of one and two hosts, and what one place on them reaches."""

from collections.abc import Iterable

from ringfence.model.facts import Fact
from ringfence.model.inventory import Inventory
from ringfence.model.network import (
    Teaming,
    Vlan,
)
from ringfence.model.packet import Header
from ringfence.model.snapshot import Snapshot
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Bound, WiredDomain, WiredInterface, Wiring
from small_networks import SOURCE, group, host, machine, switch

PACKET = Header(source="10.0.0.1", destination="10.0.0.2", protocol=47)


SITE = WiredDomain(name="site", uplinks=("*/vmnic0",), native=1)


LAB = WiredDomain(name="lab", uplinks=("*/vmnic1",), native=1)


def reached(
    snapshot: Snapshot,
    place: str = "a/0",
    bound: Bound = "lower",
    domains: Iterable[WiredDomain] = (SITE, LAB),
    interfaces: Iterable[WiredInterface] = (),
) -> set[str]:
    wiring = Wiring(tuple(domains), tuple(interfaces), ("outside",))
    interpreter = Interpreter(Inventory(snapshot), wiring, bound)
    return {delivery.place for delivery in interpreter.deliveries(place, PACKET)}


def two_hosts(
    first: Fact[Vlan] | int,
    second: Fact[Vlan] | int,
    teaming: Fact[Teaming | None] = None,
    nics: Iterable[int] = (0,),
    **parts: object,
) -> Snapshot:
    """Machine a on h1 and b on h2, each on a port group of its own setting."""
    found = {
        "sources": (SOURCE,),
        "hosts": (host("h1"), host("h2")),
        "switches": (switch("h1", nics=nics), switch("h2", nics=nics)),
        "port_groups": (group("h1", "one", first, teaming=teaming), group("h2", "two", second)),
        "machines": (machine("a", "h1", "one"), machine("b", "h2", "two")),
    }
    return Snapshot(**(found | parts))


def one_host(first: Fact[Vlan] | int, second: Fact[Vlan] | int, **parts: object) -> Snapshot:
    """Machines a and b on port groups of the same switch, which has no uplink."""
    found = {
        "sources": (SOURCE,),
        "hosts": (host("h1"),),
        "switches": (switch("h1", nics=()),),
        "port_groups": (group("h1", "one", first), group("h1", "two", second)),
        "machines": (machine("a", "h1", "one"), machine("b", "h1", "two")),
    }
    return Snapshot(**(found | parts))
