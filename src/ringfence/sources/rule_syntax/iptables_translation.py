"""The targets of iptables that translate addresses: SNAT, DNAT, MASQUERADE, REDIRECT, NETMAP."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from ringfence.model.rules import NumberRange, Side, Translation
from ringfence.sources.rule_syntax.iptables_rule import ParsedRule
from ringfence.sources.rule_syntax.syntax import Family
from ringfence.sources.rule_syntax.values import address_range, single

# They say which of several addresses or ports is taken: any may be.
_CHOOSING: Final = frozenset(("--random", "--random-fully", "--persistent"))
_TAKING_OWN: Final[dict[str, Side]] = {"MASQUERADE": "source", "REDIRECT": "destination"}
_PORTS: Final = re.compile(r"(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?")


def translation_of(  # noqa: PLR0911 (one return for each target)
    rule: ParsedRule, family: Family, chain: str
) -> Translation | None:
    """Return what a rule of the table ``nat`` translates; ``None`` where it is not understood."""
    told = [option for option in rule.target_options if option.name not in _CHOOSING]
    if len(told) > 1 or any(option.negated for option in told):
        return None
    match rule.target, *((option.name, option.values) for option in told):
        case ("MASQUERADE" | "REDIRECT",):
            return Translation(side=_TAKING_OWN[rule.target], of_interface=True)
        case ("MASQUERADE" | "REDIRECT", ("--to-ports", (text,))):
            ports = _ports(text)
            if ports is None:
                return None
            return Translation(side=_TAKING_OWN[rule.target], of_interface=True, ports=ports)
        case ("SNAT", ("--to-source", (text,))):
            return _given("source", text, family)
        case ("DNAT", ("--to-destination", (text,))):
            return _given("destination", text, family)
        case ("NETMAP", ("--to", (text,))):
            return _mapped(rule, text, family, chain)
        case _:
            return None


def _given(side: Side, text: str, family: Family) -> Translation | None:
    if family == 4:
        address, separator, ports = text.partition(":")
    else:
        # Ports follow an IPv6 address in brackets.
        address, separator, ports = text.removeprefix("[").partition("]:")
        address = address.removesuffix("]")
    ranges = _ports(ports) if separator else ()
    if ranges is None:
        return None
    if not address:
        return Translation(side=side, ports=ranges) if ranges else None
    first, separator, last = address.partition("-")
    found = address_range(first, last, family) if separator else single(first, family)
    return None if found is None else Translation(side=side, addresses=(found,), ports=ranges)


def _ports(text: str) -> tuple[NumberRange, ...] | None:
    found = _PORTS.fullmatch(text)
    if found is None:
        return None
    first, last = int(found["first"]), int(found["last"] or found["first"])
    return (NumberRange(first, last),) if first <= last <= 65535 else None


def _mapped(rule: ParsedRule, text: str, family: Family, chain: str) -> Translation | None:
    """Return how one network becomes another: the rule has to name a network of the same size."""
    side: Side = "destination" if chain in {"PREROUTING", "OUTPUT"} else "source"
    if chain not in {"PREROUTING", "OUTPUT", "POSTROUTING", "INPUT"}:
        return None
    named = [
        option.values[0]
        for part in rule.parts
        for option in part.options
        if option.name == f"--{side}" and not option.negated and len(option.values) == 1
    ]
    try:
        new = ipaddress.ip_network(text, strict=False)
        old = [ipaddress.ip_network(one, strict=False) for one in named]
    except ValueError:
        return None
    if len(old) != 1 or new.version != family or old[0].version != family:
        return None
    if old[0].prefixlen != new.prefixlen:
        return None
    return Translation(side=side, addresses=(str(new),), prefix=str(old[0]))
