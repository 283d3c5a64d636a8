"""Kernel settings of a namespace: what it forwards, and which packets it takes in at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.links import Link
from ringfence.sources.linux.spaces import settings_name

_STRICT: Final = 1


def as_sysctl(text: str) -> str:
    """Return settings as ``sysctl`` prints them, also where they are read file by file.

    ``ipv4/conf/eth0.10/rp_filter:1`` becomes ``net.ipv4.conf.eth0/10.rp_filter = 1``.
    """
    lines = []
    for line in text.splitlines():
        path, colon, value = line.rpartition(":")
        if colon and "=" not in line:
            parts = (part.replace(".", "/") for part in ("net", *path.split("/")))
            lines.append(f"{'.'.join(parts)} = {value}")
        else:
            lines.append(line)
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """The settings of one namespace by key; ``unread`` says why there are none."""

    values: Mapping[str, int]
    unread: NotRead | None = None

    @staticmethod
    def of(bundle: Bundle, space: str) -> SystemSettings:
        """Read the settings of a namespace of a host."""
        text = bundle.text(settings_name(space, "settings"))
        if isinstance(text, NotRead):
            return SystemSettings({}, text)
        found = {}
        for line in as_sysctl(text).splitlines():
            key, _, value = line.partition("=")
            if value.strip().removeprefix("-").isdecimal():
                found[key.strip()] = int(value)
        return SystemSettings(found)

    def forwards(self) -> bool:
        """Tell whether packets may be passed on between interfaces, of either family."""
        keys = (
            "net.ipv4.ip_forward",
            "net.ipv4.conf.all.forwarding",
            "net.ipv6.conf.all.forwarding",
        )
        # What was not read may be on; a kernel without a family has no such key.
        if self.unread is not None or keys[0] not in self.values:
            return True
        return any(self.values.get(key, 0) for key in keys) or any(
            key.endswith((".forwarding", ".force_forwarding")) and value
            for key, value in self.values.items()
        )

    def filters_bridged(self) -> bool:
        """Tell whether rules for IP packets may meet frames that a bridge passes on."""
        keys = ("iptables", "ip6tables", "arptables")
        # What was not read may be on.
        return self.unread is not None or any(
            self.values.get(f"net.bridge.bridge-nf-call-{key}", 0) for key in keys
        )

    def takes_packets(self, link: Link) -> bool:
        """Tell whether the system takes in packets by an interface.

        It does wherever it has an address, and, for any of its addresses, also where it has none:
        only a strict reverse-path filter keeps IPv4 out there (no route leads back), and only
        disabled IPv6 keeps that out.
        """
        if link.own_addresses or self.unread is not None:
            return True
        name = link.name.replace(".", "/")
        strict = max(self._of(4, name, "rp_filter"), self._of(4, "all", "rp_filter")) == _STRICT
        without_six = bool(self.values.get(f"net.ipv6.conf.{name}.disable_ipv6", 0))
        return not (strict and without_six)

    def _of(self, family: int, interface: str, key: str) -> int:
        return self.values.get(f"net.ipv{family}.conf.{interface}.{key}", 0)
