"""What hosts tell of distributed switches: which physical NIC is which uplink."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import SwitchMember, UplinkBinding
from ringfence.sources.vsphere.host_network import device_of
from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.values import items, number, text, texts


class ProxySwitch(NamedTuple):
    """A distributed switch as one of its hosts sees it."""

    uuid: str
    name: str
    member: SwitchMember


def proxy_switches(value: Any, host: str, ids: Ids) -> tuple[ProxySwitch, ...]:
    """Return the distributed switches of ``config.network.proxySwitch``; raises ``ValueError``."""
    return tuple(
        ProxySwitch(
            uuid=text(entry, "dvsUuid"),
            name=text(entry, "dvsName"),
            member=SwitchMember(
                host=ids.of(host),
                uplinks=_bindings(entry, host, ids),
                mtu=number(entry, "mtu") or 1500,
            ),
        )
        for entry in items(value)
    )


def _bindings(entry: Any, host: str, ids: Ids) -> Fact[tuple[UplinkBinding, ...]]:
    """Join physical NICs to uplinks by port key; the members of a LAG are one uplink.

    Port groups name the uplinks that they use. A NIC whose uplink has no name here could be one
    of them, so it must not look as if nobody used it.
    """
    names: Mapping[str, str] = {
        text(port, "key"): text(port, "value") for port in items(entry, "uplinkPort")
    }
    lags = {
        text(port, "key"): text(lag, "lagName")
        for lag in items(entry, "hostLag")
        for port in items(lag, "uplinkPort")
    }
    found: dict[tuple[str, bool], list[str]] = {}
    nameless = {device_of(nic) for nic in texts(entry, "pnic")}
    for spec in items(entry, "spec.backing.pnicSpec"):
        device, key = text(spec, "pnicDevice"), text(spec, "uplinkPortKey")
        name = lags.get(key) or names.get(key)
        if name:
            found.setdefault((name, key in lags), []).append(ids.on_host(host, device))
            nameless.discard(device)
        else:
            nameless.add(device)
    if nameless:
        detail = f"the uplink of {listed(sorted(nameless))} is not told"
        return NotRead(reason="not-understood", detail=detail)
    return tuple(
        UplinkBinding(name=name, physical_nics=tuple(sorted(nics)), aggregated=aggregated)
        for (name, aggregated), nics in sorted(found.items())
    )
