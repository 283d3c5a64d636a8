"""Which addresses a virtual NIC may have: those that SpoofGuard binds to its segment port.

Without it, the manager takes an address for a NIC's because the guest said so, and a guest may lie.
With it, too, as long as the manager discovers addresses: what a guest is the first to use is bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.sources.nsx.values import flag, objects, path_of, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.sources.nsx.answers import Answers
    from ringfence.sources.nsx.values import Answer


_WAYS: Final = (
    "arp_snooping_enabled",
    "dhcp_snooping_enabled",
    "vmtools_enabled",
    "nd_snooping_enabled",
    "dhcp_snooping_v6_enabled",
    "vmtools_v6_enabled",
)
"""How the manager may learn an address of a guest, by the flags of an IP discovery profile."""


@dataclass(frozen=True, slots=True)
class Nic:
    """A virtual NIC as the manager knows it.

    ``machine`` is its machine's id there, ``key`` its number in the machine. ``attachment`` names
    the segment port that it is on, and is empty where it is on none. ``bound`` are the only
    addresses that it may send from, ``None`` where nothing holds it to any.
    """

    machine: str
    key: str
    mac: str
    attachment: str
    bound: tuple[str, ...] | None


def nics_of(answers: Answers) -> dict[str, tuple[Nic, ...]]:
    """Return the NICs of each machine, by the machine's id; none where they were not read."""
    bound = dict(_bindings(answers))
    found: dict[str, list[Nic]] = {}
    for answer in answers.nics if isinstance(answers.nics, tuple) else ():
        attachment = text(answer, "lport_attachment_id")
        nic = Nic(
            machine=text(answer, "owner_vm_id"),
            key=text(answer, "device_key"),
            mac=text(answer, "mac_address").lower(),
            attachment=attachment,
            bound=bound.get(attachment),
        )
        found.setdefault(nic.machine, []).append(nic)
    return {machine: tuple(nics) for machine, nics in found.items()}


def _bindings(answers: Answers) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the addresses that SpoofGuard holds each attachment to."""
    holding = {
        path_of(profile)
        for profile in answers.guard_profiles
        if flag(profile, "address_binding_allowlist", default=False)
        or flag(profile, "address_binding_whitelist", default=False)
    }
    silent = {path_of(profile) for profile in answers.discovery_profiles if not _discovers(profile)}
    for segment in answers.segments:
        for port in segment.ports:
            attachment = port.answer.get("attachment")
            name = text(attachment, "id") if isinstance(attachment, dict) else ""
            guard = _profile("spoofguard_profile_path", port.maps, segment.maps)
            discovery = _profile("ip_discovery_profile_path", port.maps, segment.maps)
            if name and guard in holding and discovery in silent:
                yield name, tuple(_addresses(port.answer))


def _profile(key: str, *maps: Iterable[Mapping[str, object]]) -> object:
    """Return the path of the profile in force: that of the port before that of its segment."""
    return next((one[key] for several in maps for one in several if one.get(key)), None)


def _discovers(profile: Answer) -> bool:
    """Tell whether the manager may bind an address that it sees: unless each way is off."""
    said: dict[str, object] = {}
    waiting: list[Mapping[str, object]] = [profile]
    while waiting:
        for key, value in waiting.pop().items():
            if isinstance(value, dict):
                waiting.append(value)
            else:
                said[key] = value
    return any(said.get(way) is not False for way in _WAYS)


def _addresses(port: Answer) -> Iterator[str]:
    for binding in objects(port, "address_bindings"):
        address = text(binding, "ip_address")
        if address:
            yield address
