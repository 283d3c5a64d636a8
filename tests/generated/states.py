"""Devices that know of every packet whether it is new: conditions on its state are decided."""

from __future__ import annotations

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.packet import Header
from ringfence.model.rules import Chain, Condition, Device, ProtocolMatch, StateMatch


def in_state(device: Device, state: str) -> Device:
    """Return a device whose conditions on the state of a packet are decided."""
    if isinstance(device.chains, NotRead):
        return device
    chains = tuple(_chain_in_state(chain, state) for chain in device.chains)
    return msgspec.structs.replace(device, chains=chains)


def _chain_in_state(chain: Chain, state: str) -> Chain:
    rules = tuple(
        msgspec.structs.replace(
            rule, conditions=tuple(_condition_in_state(one, state) for one in rule.conditions)
        )
        for rule in chain.rules
    )
    return msgspec.structs.replace(chain, rules=rules)


def _condition_in_state(condition: Condition, state: str) -> Condition:
    if not isinstance(condition, StateMatch):
        return condition
    # Every packet has a protocol; none has one of no protocols.
    return ProtocolMatch(protocols=(), negated=(state in condition.states) != condition.negated)


def answered_by(header: Header) -> Header:
    """Return the packet that this one would be the answer to."""
    return msgspec.structs.replace(
        header,
        source=header.destination,
        destination=header.source,
        source_port=header.destination_port,
        destination_port=header.source_port,
    )
