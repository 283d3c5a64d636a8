"""Services as conditions on packets: one set of conditions for each way to match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP
from ringfence.model.rules import (
    IcmpMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    UnmodelledMatch,
)
from ringfence.sources.nsx.values import Answer, name_of, number, objects, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.rules import Condition, Side

_ANY: Final = "ANY"
_LAYER_4: Final = {"TCP": TCP, "UDP": UDP}
_IGMP: Final = 2
_MOST_PORTS: Final = 65535


class Way(NamedTuple):
    """Conditions of a way to match, none for all packets.

    ``back`` tells that the other end may begin such a connection too, as agreed on in another.
    """

    conditions: tuple[Condition, ...] = ()
    back: bool = False


class Services:
    """Finds services by their paths."""

    def __init__(self, services: Mapping[str, Answer]) -> None:
        self._services = services
        self._known: dict[tuple[str, ...], tuple[Way, ...]] = {}

    def ways(self, paths: tuple[str, ...], entries: tuple[Answer, ...] = ()) -> tuple[Way, ...]:
        """Return the ways for a packet to be of any of some services.

        ``entries`` are those that stand in the rule itself.
        """
        if _ANY in paths and not entries:
            return (Way(),)
        if not entries and paths in self._known:
            return self._known[paths]
        every = [way for path in paths if path != _ANY for way in self._of(path, ())]
        every.extend(way for entry in entries for way in self._of_entry(entry, ()))
        found = tuple(_merged(every))
        if not entries:
            self._known[paths] = found
        return found

    def _of(self, path: str, within: tuple[str, ...]) -> Iterator[Way]:
        service = self._services.get(path)
        if service is None or path in within:
            why = "was not read" if service is None else "holds itself"
            yield Way((UnmodelledMatch(text=f"the service {path} {why}"),))
            return
        for entry in objects(service, "service_entries"):
            yield from self._of_entry(entry, (*within, path))

    def _of_entry(self, entry: Answer, within: tuple[str, ...]) -> Iterator[Way]:
        match text(entry, "resource_type"):
            case "L4PortSetServiceEntry":
                yield Way(_layer_4(entry, text(entry, "l4_protocol")))
            case "ALGTypeServiceEntry":
                protocol = _algorithm(entry)
                yield Way((*protocol, *_ports(entry, "destination", "destination_ports")))
                # Which further connections both ends agree on is theirs to say.
                agreed = f"connections that {text(entry, 'alg')} agrees on"
                yield Way((*protocol, UnmodelledMatch(text=agreed)), back=True)
            case "ICMPTypeServiceEntry":
                yield Way((_icmp(entry),))
            case "IPProtocolServiceEntry":
                yield Way((ProtocolMatch(protocols=(number(entry, "protocol_number"),)),))
            case "IGMPTypeServiceEntry":
                yield Way((ProtocolMatch(protocols=(_IGMP,)),))
            case "NestedServiceServiceEntry":
                yield from self._of(text(entry, "nested_service_path"), within)
            case "EtherTypeServiceEntry":
                return  # no IP packet
            case kind:
                what = f"{name_of(entry)} is a {kind or 'nameless kind'}"
                yield Way((UnmodelledMatch(text=what),))


def _layer_4(entry: Answer, protocol: str) -> tuple[Condition, ...]:
    known = _LAYER_4.get(protocol)
    if known is None:
        return (UnmodelledMatch(text=f"the protocol {protocol} of {name_of(entry)}"),)
    return (
        ProtocolMatch(protocols=(known,)),
        *_ports(entry, "source", "source_ports"),
        *_ports(entry, "destination", "destination_ports"),
    )


def _algorithm(entry: Answer) -> tuple[Condition, ...]:
    name = text(entry, "alg")
    if name in ("FTP", "SUN_RPC_TCP", "MS_RPC_TCP", "ORACLE_TNS"):
        return (ProtocolMatch(protocols=(TCP,)),)
    if name in ("TFTP", "SUN_RPC_UDP", "MS_RPC_UDP", "NBNS_BROADCAST", "NBDG_BROADCAST"):
        return (ProtocolMatch(protocols=(UDP,)),)
    return (UnmodelledMatch(text=f"the gateway for {name} of {name_of(entry)}"),)


def _ports(entry: Answer, side: Side, key: str) -> tuple[Condition, ...]:
    words = texts(entry, key)
    if not words:
        return ()
    ranges = [_range(word) for word in words]
    if None in ranges:
        return (UnmodelledMatch(text=f"the ports {', '.join(words)} of {name_of(entry)}"),)
    return (PortMatch(side=side, ranges=tuple(one for one in ranges if one is not None)),)


def _range(word: str) -> NumberRange | None:
    first, bar, last = word.partition("-")
    if not first.isdecimal() or (bar and not last.isdecimal()):
        return None
    low, high = int(first), int(last or first)
    return NumberRange(low, high) if low <= high <= _MOST_PORTS else None


def _icmp(entry: Answer) -> Condition:
    version_4 = text(entry, "protocol", "ICMPv4") == "ICMPv4"
    if entry.get("icmp_type") is None:
        return ProtocolMatch(protocols=(ICMP if version_4 else ICMPV6,))
    kind = number(entry, "icmp_type")
    code = entry.get("icmp_code")
    codes = (
        ()
        if code is None
        else (NumberRange(number(entry, "icmp_code"), number(entry, "icmp_code")),)
    )
    return IcmpMatch(family=4 if version_4 else 6, types=(NumberRange(kind, kind),), codes=codes)


def _merged(ways: Iterable[Way]) -> Iterator[Way]:
    """Yield the ways, those of one protocol to some destination ports as one."""
    ports: dict[ProtocolMatch, list[NumberRange]] = {}
    others: dict[Way, None] = {}
    for way in ways:
        match way.conditions:
            case (ProtocolMatch() as protocol, PortMatch(side="destination", ranges=ranges)):
                ports.setdefault(protocol, []).extend(ranges)
            case _:
                others[way] = None
    yield from others
    for protocol, found in ports.items():
        ranges = tuple(dict.fromkeys(found))
        yield Way((protocol, PortMatch(side="destination", ranges=ranges)))
