"""Small configurations of pfSense, and of OPNsense, put together from entries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from read_back import Agreement, read
from ringfence.model.packet import Header
from ringfence.sources.rule_syntax.pf_config import SYNTAX
from ringfence.sources.rule_syntax.syntax import Reading

SURE, NEVER, MAYBE = (True, True), (False, False), (False, True)
HEAD = """\
<?xml version="1.0"?>
<pfsense>
<system><disablenatreflection>yes</disablenatreflection></system>
<interfaces>
<wan><enable/><ipaddr>198.18.0.2</ipaddr><subnet>24</subnet></wan>
<lan><enable/><ipaddr>10.30.0.1</ipaddr><subnet>24</subnet></lan>
<opt1><enable/><ipaddr>10.20.0.1</ipaddr><subnet>24</subnet></opt1>
</interfaces>
<nat><outbound>{outbound}</outbound>{nat}</nat>
"""
OFF = "<mode>disabled</mode>"


SIX = "<ipaddrv6>2001:db8:{}::1</ipaddrv6><subnetv6>64</subnetv6>"


def configuration(
    *parts: str,
    rules: str = "",
    nat: str = "",
    outbound: str = OFF,
    opnsense: bool = False,
    six: bool = False,
    interfaces: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """A configuration; ``interfaces`` are further fields of some, ``six`` gives all IPv6."""
    inside = "\n".join(parts)
    text = (
        f"{HEAD.format(nat=nat, outbound=outbound)}<filter>{rules}</filter>\n{inside}\n</pfsense>\n"
    )
    for name, number in (("wan", 10), ("lan", 30), ("opt1", 20)):
        more = interfaces.get(name, "") + (SIX.format(number) if six else "")
        text = text.replace(f"</{name}>", f"{more}</{name}>", 1)
    if six:
        text = text.replace("<system>", "<system><ipv6allow>1</ipv6allow>", 1)
    return text.replace("pfsense>", "opnsense>") if opnsense else text


def rule(kind: str = "pass", interface: str = "opt1", **fields: str | None) -> str:
    inside = "".join(
        f"<{name.replace('_', '-')}>{text}</{name.replace('_', '-')}>"
        for name, text in {"ipprotocol": "inet", **fields}.items()
        if text is not None
    )
    return f"<rule><type>{kind}</type><interface>{interface}</interface>{inside}</rule>"


def floating(kind: str, *, quick: bool, **fields: str) -> str:
    more = {"quick": "yes"} if quick else {}
    return rule(kind, floating="yes", **more, **fields)


def reading(
    *parts: str, rules: str = "", nat: str = "", outbound: str = OFF, opnsense: bool = False
) -> Reading:
    text = configuration(*parts, rules=rules, nat=nat, outbound=outbound, opnsense=opnsense)
    assert SYNTAX.recognises(text)
    return SYNTAX.read(text, "config.xml")


def small(
    folder: Path,
    rules: str,
    *parts: str,
    nat: str = "",
    outbound: str = OFF,
    opnsense: bool = False,
    six: bool = False,
    interfaces: Mapping[str, str] = MappingProxyType({}),
) -> Agreement:
    text = configuration(
        *parts,
        rules=rules,
        nat=nat,
        outbound=outbound,
        opnsense=opnsense,
        six=six,
        interfaces=interfaces,
    )
    return Agreement(read(folder, config=text))


def tcp(source: str, destination: str, port: int, flags: int = 2) -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=6,
        source_port=40000,
        destination_port=port,
        tcp_flags=flags,
    )


def udp(source: str, destination: str, port: int) -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=17,
        source_port=40000,
        destination_port=port,
    )
