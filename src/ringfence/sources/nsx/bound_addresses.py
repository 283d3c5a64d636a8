"""Which addresses a virtual NIC may have: those that SpoofGuard binds to its segment port.

Without it, the manager takes an address for a NIC's because the guest said so, and a guest may lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.sources.nsx.values import flag, objects, path_of, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.sources.nsx.answers import Answers
    from ringfence.sources.nsx.values import Answer


@dataclass(frozen=True, slots=True)
class Nic:
    """A virtual NIC as the manager knows it.

    ``machine`` is its machine's id there, ``key`` its number in the machine. ``bound`` are the only
    addresses that it may send from, ``None`` where nothing holds it to any.
    """

    machine: str
    key: str
    mac: str
    bound: tuple[str, ...] | None


def nics_of(answers: Answers) -> dict[str, tuple[Nic, ...]]:
    """Return the NICs of each machine, by the machine's id; none where they were not read."""
    bound = dict(_bindings(answers))
    found: dict[str, list[Nic]] = {}
    for answer in answers.nics if isinstance(answers.nics, tuple) else ():
        nic = Nic(
            machine=text(answer, "owner_vm_id"),
            key=text(answer, "device_key"),
            mac=text(answer, "mac_address").lower(),
            bound=bound.get(text(answer, "lport_attachment_id")),
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
    for segment in answers.segments:
        guarded = _guarded(segment.maps, holding)
        for port in segment.ports:
            attachment = port.answer.get("attachment")
            name = text(attachment, "id") if isinstance(attachment, dict) else ""
            if name and (_guarded(port.maps, holding) if port.maps else guarded):
                yield name, tuple(_addresses(port.answer))


def _guarded(maps: Iterable[Mapping[str, object]], holding: set[str]) -> bool:
    return any(one.get("spoofguard_profile_path") in holding for one in maps)


def _addresses(port: Answer) -> Iterator[str]:
    for binding in objects(port, "address_bindings"):
        address = text(binding, "ip_address")
        if address:
            yield address
