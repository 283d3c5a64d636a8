"""Translation of OPNsense and pfSense: port forwards, one-to-one, and outbound.

Of what enters, port forwards come before one-to-one, of what leaves the other way round; the first
match decides. Rules for what enters see translated destinations, those for what leaves translated
sources (pf.conf(5)).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from ringfence.model.rules import (
    Action,
    AddressMatch,
    Condition,
    InterfaceMatch,
    NotUnderstood,
    NumberRange,
    PortMatch,
    Route,
    Rule,
    Side,
    Translation,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax.pf_rules import Conditions, Reader, rule_text

_ANY_TARGETS: Final = frozenset(("", "(interface)"))


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
        for element in self._on("nat/rule"):
            self._forward(element)
        for element in self._on("nat/onetoone"):
            self._one_to_one(element)
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
            off = element.find("disabled")
            if off is None or off.text == "0":
                yield element
            else:
                self.reader.irrelevant += 1

    def _forward(self, element: etree._Element) -> None:
        by = self._by(element, "in")
        if element.find("nordr") is not None:
            self._add(self.arriving, element, by, "accept", None)
            return
        if self._reflects(element):
            self._note(element, "other interfaces are translated too (NAT reflection)")
        target = self.reader.aliases.addresses((element.findtext("target") or "").strip())
        if target.open or not target.addresses:
            self._note(element, "where it is sent to is not known")
            return
        ports = self._local_ports(element)
        if ports is None:
            self._note(element, "the ports that it is sent to are not known")
            return
        becomes = Translation(side="destination", addresses=target.addresses, ports=ports)
        self._add(self.arriving, element, by, "translate", becomes)
        if element.findtext("associated-rule-id") == "pass":
            inside = AddressMatch(side="destination", ranges=target.addresses)
            open_ = UnmodelledMatch(text="it was translated")
            self.let_in.append(self._rule(element, (*by, inside, open_), "accept", None))

    def _local_ports(self, element: etree._Element) -> tuple[NumberRange, ...] | None:
        """Return the ports that a forward leads to; none where they stay the same."""
        local, told = element.findtext("local-port"), element.findtext("destination/port")
        if not local or local == told:
            return ()
        read = self.reader.aliases.ports(local.strip())
        before = self.reader.aliases.ports((told or "").strip())
        if read.open or len(read.ports) != 1 or before.open or len(before.ports) != 1:
            return None
        first, many = read.ports[0].first, before.ports[0].last - before.ports[0].first
        if first == before.ports[0].first:
            return ()
        return (NumberRange(first, first + many),) if first + many <= 65535 else None

    def _reflects(self, element: etree._Element) -> bool:
        own = element.findtext("natreflection") or ""
        everywhere = self.root.findtext("system/disablenatreflection") is None
        return own in {"enable", "purenat"} or (everywhere and own != "disable")

    def _one_to_one(self, element: etree._Element) -> None:
        try:
            outside, inside = self._pair(element)
        except ValueError:
            self._note(element, "its addresses are not known")
            return
        single = inside.num_addresses == 1
        for side, rules, old, new, way in (
            ("destination", self.arriving, outside, inside, "in"),
            ("source", self.leaving, inside, outside, "out"),
        ):
            at: Side = "source" if side == "source" else "destination"
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
            rules.append(self._rule(element, conditions, "translate", becomes))

    @staticmethod
    def _pair(
        element: etree._Element,
    ) -> tuple[
        ipaddress.IPv4Network | ipaddress.IPv6Network,
        ipaddress.IPv4Network | ipaddress.IPv6Network,
    ]:
        inside = ipaddress.ip_network(element.findtext("source/address") or "")
        external = (element.findtext("external") or "").partition("/")[0]
        return ipaddress.ip_network(f"{external}/{inside.prefixlen}"), inside

    def _outbound(self, element: etree._Element) -> None:
        by = self._by(element, "out")
        ports: Conditions = ()
        for name, side in (("sourceport", "source"), ("dstport", "destination")):
            text = (element.findtext(name) or "").strip()
            if text:
                read = self.reader.aliases.ports(text)
                known = not read.open and read.ports
                at: Side = "source" if side == "source" else "destination"
                ports += (
                    PortMatch(side=at, ranges=read.ports)
                    if known
                    else UnmodelledMatch(text=f"the ports {text}"),
                )
        if element.find("nonat") is not None:
            self._add(self.leaving, element, (*by, *ports), "accept", None)
            return
        target = (element.findtext("target") or "").strip()
        if target in _ANY_TARGETS or target == f"{element.findtext('interface')}ip":
            becomes = Translation(side="source", of_interface=True)
        else:
            found = self.reader.aliases.addresses(target)
            if found.open or not found.addresses:
                self._note(element, f"it is translated to {target}, which is not known")
                return
            becomes = Translation(side="source", addresses=found.addresses)
        self._add(self.leaving, element, (*by, *ports), "translate", becomes)

    def _automatic(self) -> Iterator[Rule]:
        """Yield what each interface with a gateway does for the networks behind the others."""
        outside = [one for one in self.reader.interfaces if one.gateway]
        names = {one.name for one in outside}
        inner = [one for one in self.reader.interfaces if one.name not in names]
        networks = [text for one in inner for text in one.networks]
        networks += [
            one.destination for one in self.routes if one.next_hop and one.interface not in names
        ]
        four = tuple(dict.fromkeys(text for text in networks if ":" not in text))
        for one in outside if four else ():
            yield Rule(
                number=len(self.leaving) + 1,
                text=f"automatic outbound translation on {one.name}",
                conditions=(
                    InterfaceMatch(direction="out", names=(one.name,)),
                    AddressMatch(side="source", ranges=four),
                ),
                action="translate",
                line=one.line,
                translation=Translation(side="source", of_interface=True),
            )

    def _by(self, element: etree._Element, way: str) -> tuple[Condition, ...]:
        words = [word for word in (element.findtext("interface") or "").split(",") if word]
        groups = self.reader.groups
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
            for conditions in self.reader.conditions(element, [()])
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
