"""The addresses that a translation may take where it takes those of an interface."""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_interface
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NotRead
from ringfence.reach.fields import Interval, address_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ringfence.model.rules import Device
    from ringfence.reach.attachments import Bound

_LINK_LOCAL: Final = address_interval("fe80::/10")


class InterfaceAddresses:
    """The addresses of one device's interfaces, those that were read."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def taken_for(
        self, interface: str | None, family: Interval, bound: Bound
    ) -> tuple[Interval, ...]:
        """Return the addresses of a family that may be taken for an interface's.

        Where it has one of them, link-local ones left out, that is taken. Else it is not certain:
        it may be any of the device's, or any at all where some were not read.
        """
        usual = self._of_interface.get(interface or "")
        if usual is not None:
            chosen = {
                one for one in usual if _within(one, family) and not _within(one, _LINK_LOCAL)
            }
            if len(chosen) == 1:
                return tuple(chosen)
        if bound == "lower":
            return ()
        interfaces = self._device.interfaces
        if isinstance(interfaces, NotRead) or len(self._of_interface) < len(interfaces):
            return (family,)
        own = {one for held in self._of_interface.values() for one in held}
        return tuple(sorted(one for one in own if _within(one, family)))

    @cached_property
    def _of_interface(self) -> Mapping[str, tuple[Interval, ...]]:
        """The addresses of each interface whose addresses were read."""
        interfaces = self._device.interfaces
        return {
            one.name: tuple(address_interval(str(ip_interface(text).ip)) for text in one.addresses)
            for one in (() if isinstance(interfaces, NotRead) else interfaces)
            if not isinstance(one.addresses, NotRead)
        }


def _within(one: Interval, other: Interval) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]
