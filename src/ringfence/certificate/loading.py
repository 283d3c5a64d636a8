"""The node list of a certificate read into diagrams; nothing in it is believed unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.certificate.diagram import (
    DESTINATION,
    EMPTY,
    IPV4,
    LAST_VALUES,
    SOURCE,
    Diagrams,
    joined,
)
from ringfence.certificate.matches import address_number
from ringfence.foundation.errors import CertificateFailedError

if TYPE_CHECKING:
    from ringfence.model.certificate import Certificate, Node, Spread

_ADDRESSES: Final = (DESTINATION, SOURCE)
_AGAIN: Final = "Make the certificate again with 'ringfence prove --certificate'."


def load_nodes(certificate: Certificate, diagrams: Diagrams) -> list[int]:
    """Return the set of each node number of a certificate, the two ends first.

    Raises ``CertificateFailedError`` for a node that the format does not allow.
    """
    loaded = [0, 1]
    for number, node in enumerate(certificate.nodes, 2):
        problem = _problem(node, certificate, number)
        if problem is None:
            edges = [(*_interval(edge.first, edge.last), edge.child) for edge in node.edges]
            loaded.append(_loaded(node.field, edges, loaded, diagrams))
        if problem is not None or loaded[-1] < 0:
            what = problem or "its intervals are not in order"
            raise CertificateFailedError(
                f"Node {number} of the certificate is wrong: {what}.", _AGAIN
            )
    return loaded


def _problem(node: Node, certificate: Certificate, number: int) -> str | None:
    if not 0 <= node.field < len(LAST_VALUES):
        return f"there is no field {node.field}"
    kind = str if node.field in _ADDRESSES else int
    for edge in node.edges:
        if type(edge.first) is not kind or type(edge.last) is not kind:
            return f"{edge.first} to {edge.last} are no values of its field"
        if not 1 <= edge.child < number:
            return f"{edge.child} is not an earlier node"
        if edge.child > 1 and certificate.nodes[edge.child - 2].field <= node.field:
            return f"node {edge.child} does not ask for a later field"
    return None


def load_sources(spread: Spread) -> tuple[tuple[int, int], ...] | None:
    """Return the sources that the packets of a spread are sent from, ``None`` where from any.

    Raises ``CertificateFailedError`` for what are no addresses, or of two families.
    """
    if spread.sources is None:
        return None
    found = [_interval(first, last) for first, last in spread.sources]
    for low, high in found:
        if low > high or low <= IPV4[1] < high:
            raise CertificateFailedError("The certificate has sources that are no range.", _AGAIN)
    return joined(found)


def _interval(first: int | str, last: int | str) -> tuple[int, int]:
    if isinstance(first, int) and isinstance(last, int):
        return first, last
    try:
        return address_number(str(first)), address_number(str(last))
    except ValueError as error:
        message = f"The certificate has {first} to {last} where addresses must be."
        raise CertificateFailedError(message, _AGAIN) from error


def _loaded(
    field: int, edges: list[tuple[int, int, int]], loaded: list[int], diagrams: Diagrams
) -> int:
    """Return the set of a node, -1 where its intervals overlap or leave the field's values."""
    full: list[tuple[int, int]] = []
    covered = -1
    for first, last, child in edges:
        if not covered < first <= last <= LAST_VALUES[field]:
            return -1
        if first > covered + 1:
            full.append((first - 1, EMPTY))
        full.append((last, loaded[child]))
        covered = last
    if covered < LAST_VALUES[field]:
        full.append((LAST_VALUES[field], EMPTY))
    return diagrams.node(field, full)
