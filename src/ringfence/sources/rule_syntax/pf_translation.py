"""Translation of OPNsense and pfSense: port forwards, one-to-one, and outbound.

Of what enters, port forwards come before one-to-one, of what leaves the other way round; the first
match decides. Rules for what enters see translated destinations, those for what leaves translated
sources (pf.conf(5)).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from lxml import etree

from ringfence.model.rules import (
    Action,
    AddressMatch,
    Condition,
    FamilyMatch,
    InterfaceMatch,
    NotUnderstood,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Route,
    Rule,
    Side,
    Translation,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax.pf_matching import WITH_PORTS, Conditions, protocol_of
from ringfence.sources.rule_syntax.pf_rules import Reader, rule_text
from ringfence.sources.rule_syntax.pf_switches import is_off, is_set, may_be_off, of_opnsense

_ANY_TARGETS: Final = frozenset(("", "(interface)"))
CARP: Final = 112
"""The protocol by which devices share virtual addresses."""
_PRIVATE: Final = tuple(
    ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_NEW_PORTS: Final = (NumberRange(1024, 65535),)
"""The source ports that translated conversations get, unless a rule says otherwise."""


@dataclass
class Translations:
    """What is translated as it enters and as it leaves, and what is let in for it."""

    reader: Reader
    root: etree._Element
    routes: list[Route]
    arriving: list[Rule] = field(default_factory=list)
    leaving: list[Rule] = field(default_factory=list)
    let_in: list[Rule] = field(default_factory=list)

    def read(self) -> None:
        """Read all rules, in the order in which they apply."""
        self.arriving.append(_carp())
        for element in self._on("nat/rule"):
            self._forward(element)
        for element in self._on("nat/onetoone"):
            self._one_to_one(element)
        self.leaving.append(_carp())
        for element in self._on("nat/npt"):
            self._note(element, "prefixes of IPv6 are translated")
        mode = self.root.findtext("nat/outbound/mode") or "automatic"
        if mode in {"hybrid", "advanced"}:
            for element in self._on("nat/outbound/rule"):
                self._outbound(element)
        if mode in {"automatic", "hybrid"}:
            self.leaving += self._automatic()

    def _on(self, path: str) -> Iterator[etree._Element]:
        for element in self.root.iterfind(path):
            if is_off(element):
                self.reader.irrelevant += 1
                continue
            if may_be_off(element):
                self._note(element, "whether it is disabled depends on the version")
            if is_set(element, "interfacenot") or not element.findtext("interface"):
                self._note(element, "the interfaces that it is for are not known")
            yield element

    def _forward(self, element: etree._Element) -> None:
        by = self._by(element, "in")
        if is_set(element, "nordr"):
            self._add(self.arriving, element, by, "accept", None)
            return
        if self._reflects(element):
            self._note(element, "other interfaces are translated too (NAT reflection)")
        target = self._addresses((element.findtext("target") or "").strip())
        if not target:
            self._note(element, "where it is sent to is not known")
            return
        ports = self._local_ports(element)
        if ports is None:
            self._note(element, "the ports that it is sent to are not known")
            return
        becomes = Translation(side="destination", addresses=target, ports=ports)
        self._add(self.arriving, element, by, "translate", becomes)
        if element.findtext("associated-rule-id") == "pass":
            inside = AddressMatch(side="destination", ranges=target)
            open_ = UnmodelledMatch(text="it was translated")
            self.let_in.append(self._rule(element, (*by, inside, open_), "accept", None))

    def _addresses(self, text: str) -> tuple[str, ...]:
        """Return the addresses that something is translated to, none where they are not known."""
        found = self.reader.matching.aliases.addresses(text)
        several = len({":" in one for one in found.addresses}) > 1
        return () if found.open or several else found.addresses

    def _local_ports(self, element: etree._Element) -> tuple[NumberRange, ...] | None:
        """Return the ports that a forward leads to; none where they stay the same."""
        local, told = element.findtext("local-port"), element.findtext("destination/port")
        if not local or local == told or protocol_of(element) not in WITH_PORTS:
            return ()
        read = self.reader.matching.aliases.ports(local.strip())
        before = self.reader.matching.aliases.ports((told or "").strip())
        if read.open or len(read.ports) != 1 or before.open or len(before.ports) != 1:
            return None
        first, many = read.ports[0].first, before.ports[0].last - before.ports[0].first
        if first == before.ports[0].first:
            return ()
        return (NumberRange(first, first + many),) if first + many <= 65535 else None

    def _reflects(self, element: etree._Element) -> bool:
        own = element.findtext("natreflection") or ""
        if element.tag == "onetoone":
            everywhere = self.root.find("system/enablebinatreflection") is not None
        else:
            everywhere = self.root.findtext("system/disablenatreflection") in {None, "0"}
        return own in {"enable", "purenat"} or (everywhere and own != "disable")

    def _one_to_one(self, element: etree._Element) -> None:
        try:
            outside, inside = self._pair(element)
        except ValueError:
            self._note(element, "its addresses are not known")
            return
        untouched = is_set(element, "nobinat")
        if self._reflects(element) and not untouched:
            self._note(element, "other interfaces are translated too (NAT reflection)")
        single = inside.num_addresses == 1
        for side, rules, old, new, way in (
            ("destination", self.arriving, outside, inside, "in"),
            ("source", self.leaving, inside, outside, "out"),
        ):
            at: Side = "source" if side == "source" else "destination"
            if side == "destination" and element.findtext("type") == "nat":
                # One that is no binat translates what leaves only.
                continue
            becomes = Translation(
                side=at,
                addresses=(str(new[0]) if single else str(new),),
                prefix=None if single else str(old),
            )
            conditions: tuple[Condition, ...] = (
                *self._by(element, way),
                AddressMatch(side=at, ranges=(str(old),)),
            )
            if element.find("destination/any") is None and element.find("destination") is not None:
                conditions = (*conditions, UnmodelledMatch(text="it is for some ends only"))
            if untouched:
                rules.append(self._rule(element, conditions, "accept", None))
            else:
                rules.append(self._rule(element, conditions, "translate", becomes))

    @staticmethod
    def _pair(
        element: etree._Element,
    ) -> tuple[
        ipaddress.IPv4Network | ipaddress.IPv6Network,
        ipaddress.IPv4Network | ipaddress.IPv6Network,
    ]:
        if element.find("source/not") is not None:
            message = "it is for all addresses but some"
            raise ValueError(message)
        inside = ipaddress.ip_network(element.findtext("source/address") or "")
        external = (element.findtext("external") or "").partition("/")[0]
        return ipaddress.ip_network(f"{external}/{inside.prefixlen}"), inside

    def _outbound(self, element: etree._Element) -> None:
        by = self._by(element, "out")
        ports: Conditions = ()
        for name, side in (("sourceport", "source"), ("dstport", "destination")):
            text = (element.findtext(name) or "").strip()
            if text:
                read = self.reader.matching.aliases.ports(text)
                known = not read.open and read.ports
                at: Side = "source" if side == "source" else "destination"
                ports += (
                    PortMatch(side=at, ranges=read.ports)
                    if known
                    else UnmodelledMatch(text=f"the ports {text}"),
                )
        if is_set(element, "nonat"):
            self._add(self.leaving, element, (*by, *ports), "accept", None)
            return
        target = (element.findtext("target") or "").strip()
        new = self._new_ports(element)
        if target in _ANY_TARGETS or target == f"{element.findtext('interface')}ip":
            becomes = Translation(side="source", of_interface=True, ports=new)
            if not of_opnsense(element) and not element.findtext("ipprotocol"):
                by = (*by, FamilyMatch(family=4))
        else:
            found = self._addresses(target)
            if not found:
                self._note(element, f"it is translated to {target}, which is not known")
                return
            becomes = Translation(side="source", addresses=found, ports=new)
        self._add(self.leaving, element, (*by, *ports), "translate", becomes)

    def _new_ports(self, element: etree._Element) -> tuple[NumberRange, ...]:
        """Return the source ports that a rule gives; none where they stay the same."""
        if is_set(element, "staticnatport"):
            return ()
        told = (element.findtext("natport") or "").strip()
        read = self.reader.matching.aliases.ports(told)
        if told and (read.open or not read.ports):
            self._note(element, f"the ports {told} that it gives are not known")
        return read.ports or _NEW_PORTS

    def _automatic(self) -> Iterator[Rule]:
        """Yield what each interface with a gateway does for the networks behind the others."""
        interfaces = self.reader.matching.interfaces
        outside = [one for one in interfaces if one.gateway]
        names = {one.name for one in outside}
        inner = [one for one in interfaces if one.name not in names]
        near = [text for one in inner for text in one.networks]
        far = [
            one.destination for one in self.routes if one.next_hop and one.interface not in names
        ]
        # Of the networks behind other routers one system translates only private ones, the other
        # none.
        sure = [text for text in far if _is_private(text)] if not of_opnsense(self.root) else []
        four = tuple(dict.fromkeys(text for text in (*near, *sure) if ":" not in text))
        perhaps = tuple(text for text in dict.fromkeys(far) if ":" not in text and text not in four)
        # Key exchange keeps its source port.
        key_exchange = PortMatch(side="destination", ranges=(NumberRange(500, 500),))
        doubt = UnmodelledMatch(text="whether networks behind other routers are translated")
        kinds: list[tuple[tuple[str, ...], Conditions]] = [(four, ()), (perhaps, (doubt,))]
        for one, (sources, open_) in product(outside, kinds):
            for only, new in (((key_exchange,), ()), ((), _NEW_PORTS)) if sources else ():
                yield Rule(
                    number=len(self.leaving) + 1,
                    text=f"automatic outbound translation on {one.name}",
                    conditions=(
                        InterfaceMatch(direction="out", names=(one.name,)),
                        AddressMatch(side="source", ranges=sources),
                        *only,
                        *open_,
                    ),
                    action="translate",
                    line=one.line,
                    translation=Translation(side="source", of_interface=True, ports=new),
                )

    def _by(self, element: etree._Element, way: str) -> tuple[Condition, ...]:
        words = [word for word in (element.findtext("interface") or "").split(",") if word]
        groups = self.reader.matching.groups
        known = tuple(name for word in words for name in groups.get(word, (word,)))
        direction = InterfaceMatch(direction="in" if way == "in" else "out", names=known)
        return (direction,) if known else ()

    def _add(
        self,
        into: list[Rule],
        element: etree._Element,
        first: tuple[Condition, ...],
        action: Action,
        becomes: Translation | None,
    ) -> None:
        into.extend(
            self._rule(element, (*first, *conditions), action, becomes)
            for conditions in self.reader.matching.conditions(element)
        )

    @staticmethod
    def _rule(
        element: etree._Element,
        conditions: tuple[Condition, ...],
        action: Action,
        becomes: Translation | None,
    ) -> Rule:
        return Rule(
            number=1,
            text=f"nat {rule_text(element)}",
            conditions=conditions,
            action=action,
            comment=element.findtext("descr") or "",
            line=element.sourceline,
            translation=becomes,
        )

    def _note(self, element: etree._Element, why: str) -> None:
        text = f"nat {rule_text(element)}"
        self.reader.notes.append(NotUnderstood(line=element.sourceline, text=text, why=why))


def _is_private(text: str) -> bool:
    network = ipaddress.ip_network(text)
    return any(
        isinstance(network, ipaddress.IPv4Network) and network.subnet_of(one) for one in _PRIVATE
    )


def _carp() -> Rule:
    """Return the rule by which the packets of CARP are translated by no other."""
    carp = ProtocolMatch(protocols=(CARP,))
    return Rule(number=1, text="CARP is not translated", conditions=(carp,), action="accept")
