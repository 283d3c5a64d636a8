"""The hash of a policy: what a certificate or a plan names it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.foundation.canonical import canonical_json, sha256_hex

if TYPE_CHECKING:
    from ringfence.policy.document import Policy


def policy_hash(policy: Policy) -> str:
    """Return the SHA-256 of all that a policy says, its bases and defaults included.

    Comments, and the order in which names are declared, are of no account.
    """
    return sha256_hex(canonical_json(policy.model_dump(mode="json", by_alias=True)))
