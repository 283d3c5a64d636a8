"""A flow's narrowing of places, by address or machine, as addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead
from ringfence.policy.document import MachineSelector
from ringfence.policy.selectors import matcher, path_matcher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import Machine


def narrowed_addresses(
    selectors: Iterable[str | MachineSelector], inventory: Inventory
) -> tuple[str, ...]:
    """Return the addresses and prefixes that selectors name, sorted, without prefix length.

    A machine selector stands for the addresses of the machine's NICs, those that were read: a
    flow never permits more than is known.
    """
    found: set[str] = set()
    for selector in selectors:
        if isinstance(selector, str):
            found.add(selector)
        else:
            for machine in inventory.snapshot.machines:
                if selects(selector, machine, inventory):
                    found.update(_addresses(machine))
    return tuple(sorted(found))


def selects(selector: MachineSelector, machine: Machine, inventory: Inventory) -> bool:
    """Tell whether every word of a selector is known to match a machine."""
    return (
        (selector.name is None or matcher(selector.name)(machine.name))
        and (selector.tag is None or _tagged(selector.tag, machine))
        and (selector.folder is None or _within(selector.folder, inventory.folder_path(machine)))
        and (selector.pool is None or _pooled(selector.pool, machine, inventory))
    )


def _tagged(text: str, machine: Machine) -> bool:
    if isinstance(machine.tags, NotRead):
        return False
    matches = matcher(text)
    return any(matches(f"{tag.category}={tag.name}") for tag in machine.tags)


def _within(folder: str, path: str | None) -> bool:
    return path is not None and path_matcher(folder)(path)


def _pooled(name: str, machine: Machine, inventory: Inventory) -> bool:
    pool = inventory.pools.get(machine.pool) if isinstance(machine.pool, str) else None
    return pool is not None and matcher(name)(pool.name)


def _addresses(machine: Machine) -> Iterable[str]:
    if isinstance(machine.nics, NotRead):
        return
    for nic in machine.nics:
        if not isinstance(nic.addresses, NotRead):
            yield from (text.partition("/")[0] for text in nic.addresses)
