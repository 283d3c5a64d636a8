"""The inner firewall, and the rules that faults are made of."""

from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Device,
    DeviceInterface,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
    StateMatch,
)


def firewall(*more: Rule, policy: str = "drop") -> Device:
    """The inner firewall; ``more`` rules stand at the end of its forwarding chain."""
    rules = (
        Rule(
            number=1,
            text="ct state established accept",
            conditions=(StateMatch(states=("established", "related")),),
            action="accept",
        ),
        deny(2),
        Rule(
            number=3,
            text="tcp dport 1433 ct state new accept",
            conditions=(*between(), *tcp(1433), StateMatch(states=("new",))),
            action="accept",
        ),
        *more,
    )
    chain = Chain(id="forward", name="forward", rules=rules, hook="forward", policy=policy)
    names = ("ens192", "ens224", "ens256")
    return Device(
        id="inner-firewall",
        name="inner-firewall",
        machine="fw-1",
        interfaces=tuple(DeviceInterface(name=name, addresses=()) for name in names),
        chains=(chain,),
        routes=(),
    )


def between() -> tuple[InterfaceMatch | AddressMatch, ...]:
    """From the application's interface and network to the cardholders' interface."""
    return (
        InterfaceMatch(direction="in", names=("ens224",)),
        InterfaceMatch(direction="out", names=("ens256",)),
        AddressMatch(side="source", ranges=("10.1.200.0/24",)),
    )


def tcp(*ports: int) -> tuple[ProtocolMatch | PortMatch, ...]:
    """TCP to any of the ports."""
    ranges = tuple(NumberRange(port, port) for port in ports)
    return (ProtocolMatch(protocols=(6,)), PortMatch(side="destination", ranges=ranges))


def deny(number: int) -> Rule:
    """The rule that nobody administers cardholder from application."""
    return Rule(
        number=number,
        text="tcp dport { 22, 3389 } drop",
        conditions=(*between(), *tcp(22, 3389)),
        action="drop",
    )
