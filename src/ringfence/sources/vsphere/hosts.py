"""Hosts: everything but their place, which is known once every object was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from ringfence.model.facts import Fact, NotRead, Setting
from ringfence.model.hosts import Host, HostFirewall, HostFirewallRuleset, HostService
from ringfence.model.network import PortGroup, VirtualSwitch
from ringfence.sources.vsphere.content import Content
from ringfence.sources.vsphere.controls import HOST_SETTINGS
from ringfence.sources.vsphere.host_network import kernel_interfaces, physical_nics, stacks
from ringfence.sources.vsphere.names import Ids, unescaped
from ringfence.sources.vsphere.proxy_switches import ProxySwitch, proxy_switches
from ringfence.sources.vsphere.standard_switches import standard_port_groups, standard_switches
from ringfence.sources.vsphere.values import at, items, number, text, texts, truth

_LOCKDOWN: Final[Mapping[str, Literal["disabled", "normal", "strict"]]] = {
    "lockdownDisabled": "disabled",
    "lockdownNormal": "normal",
    "lockdownStrict": "strict",
}
NO_SUCH_SETTING: Final = NotRead(
    reason="not-supported", detail="this version has no setting of that name"
)


@dataclass(frozen=True)
class HostParts:
    """A host with what stands on it; ``machines`` are the server's ids of those it runs."""

    host: Host
    parent: str
    switches: Fact[tuple[VirtualSwitch, ...]]
    port_groups: Fact[tuple[PortGroup, ...]]
    proxies: Fact[tuple[ProxySwitch, ...]]
    machines: tuple[str, ...] = ()
    access_manager: str = ""
    network_system: str = ""

    def with_host(self, host: Host) -> HostParts:
        """Return the same with more known of the host itself."""
        return replace(self, host=host)


def host_parts(content: Content, ids: Ids) -> HostParts:
    """Return a host and its switches from what the server said of it."""
    moid = content.id
    unset = _unset(content)
    none = _none(unset)
    host = Host(
        id=ids.of(moid),
        name=unescaped(content.text("name")) or moid,
        connection=content.fact("runtime.connectionState", text, unset),
        maintenance=content.fact("runtime.inMaintenanceMode", _is_true, unset),
        product=content.fact("config.product", lambda value: text(value, "fullName"), unset),
        cpu_mhz=content.fact("hardware.cpuInfo", _mhz, unset),
        cpu_cores=content.fact("hardware.cpuInfo", _cores, unset),
        memory_mib=content.fact("hardware.memorySize", lambda value: int(value) >> 20, unset),
        physical_nics=content.fact(
            "config.network.pnic", lambda value: physical_nics(value, moid, ids), none
        ),
        kernel_interfaces=kernel_interfaces(content, ids, none),
        stacks=stacks(content, none),
        services=content.fact("config.service.service", _services, none),
        firewall=content.fact("config.firewall", _firewall, unset),
        lockdown=content.fact("config.lockdownMode", lambda value: _LOCKDOWN[text(value)], unset),
        time_servers=content.fact("config.dateTimeInfo.ntpConfig.server", texts, none),
        settings=content.fact("config.option", _settings, unset),
    )
    return HostParts(
        host=host,
        parent=content.text("parent"),
        switches=content.fact(
            "config.network.vswitch",
            lambda value: standard_switches(value, moid, ids),
            none,
        ),
        port_groups=content.fact(
            "config.network.portgroup",
            lambda value: standard_port_groups(value, moid, ids),
            none,
        ),
        proxies=content.fact(
            "config.network.proxySwitch",
            lambda value: proxy_switches(value, moid, ids),
            none,
        ),
        machines=texts(content.items("vm")),
        access_manager=content.text("configManager.hostAccessManager"),
        network_system=content.text("configManager.networkSystem"),
    )


def settings_by_key(value: Any, keys: dict[str, str]) -> tuple[Setting, ...]:
    """Return the wanted settings of a list of options; one that is not there is ``NotRead``."""
    found = {text(option, "key"): at(option, "value") for option in items(value)}
    return tuple(
        Setting(key=key, value=_setting(found[key]) if key in found else NO_SUCH_SETTING)
        for key in sorted(keys)
    )


def _setting(value: Any) -> str | int | bool:
    plain = text(value)
    if plain in {"true", "false"}:
        return plain == "true"
    return int(plain) if plain.lstrip("-").isdecimal() and len(plain) < 19 else plain


def _settings(value: Any) -> tuple[Setting, ...]:
    return settings_by_key(value, HOST_SETTINGS)


def _unset(content: Content) -> NotRead:
    """Say why something is not there: a host that does not answer has no configuration."""
    if content.at("config.product") is None:
        state = content.text("runtime.connectionState") or "not known"
        detail = f"the server has no configuration of the host; its connection is {state}"
        return NotRead(reason="fault", detail=detail)
    return NotRead(reason="not-collected", detail="the server does not give it for this host")


def _none(unset: NotRead) -> Fact[tuple[Any, ...]]:
    """Return what a list that is not there means: none, on a host that was read."""
    return unset if unset.reason == "fault" else ()


def _is_true(value: Any) -> bool:
    return truth(value) is True


def _mhz(value: Any) -> int:
    return (number(value, "hz") or 0) * _cores(value) // 1_000_000


def _cores(value: Any) -> int:
    return number(value, "numCpuCores") or 0


def _services(value: Any) -> tuple[HostService, ...]:
    found = (
        HostService(
            key=text(entry, "key"),
            label=text(entry, "label"),
            running=truth(entry, "running") is True,
            policy=text(entry, "policy"),
        )
        for entry in items(value)
    )
    return tuple(sorted(found, key=lambda service: service.key))


def _firewall(value: Any) -> HostFirewall:
    unset = NotRead(reason="not-collected", detail="the host does not give its default policy")
    incoming = truth(value, "defaultPolicy.incomingBlocked")
    outgoing = truth(value, "defaultPolicy.outgoingBlocked")
    return HostFirewall(
        incoming_blocked=unset if incoming is None else incoming,
        outgoing_blocked=unset if outgoing is None else outgoing,
        rulesets=tuple(
            sorted((_ruleset(entry) for entry in items(value, "ruleset")), key=lambda r: r.key)
        ),
    )


def _ruleset(entry: Any) -> HostFirewallRuleset:
    allowed = at(entry, "allowedHosts")
    networks = [
        f"{text(network, 'network')}/{text(network, 'prefixLength')}"
        for network in items(allowed, "ipNetwork")
    ]
    return HostFirewallRuleset(
        key=text(entry, "key"),
        enabled=truth(entry, "enabled") is True,
        # A ruleset that does not restrict addresses allows all of them.
        all_addresses=truth(allowed, "allIp") is not False,
        networks=(*texts(allowed, "ipAddress"), *networks),
        configurable=truth(entry, "ipListUserConfigurable") is not False,
        required=truth(entry, "required") is True,
    )
