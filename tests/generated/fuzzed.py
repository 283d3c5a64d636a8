"""Files and facts changed by chance: nothing but an error with words, and no wrong PROVED."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, get_args, get_type_hints

import msgspec

from generated.brute_force import brute_force
from generated.certified import certificate_of, certified_case, refusal
from generated.closure import NaiveClosure
from generated.compare import case_of
from generated.hidden import HIDDEN
from generated.mutating import bytes_changed, document_changed
from generated.network import Network
from ringfence.foundation.canonical import canonical_json, sha256_hex
from ringfence.foundation.errors import RingfenceError
from ringfence.model import certificate as certificates
from ringfence.model import snapshot_file
from ringfence.model.certificate import Certificate
from ringfence.model.facts import NotRead, Record
from ringfence.model.snapshot import Snapshot
from ringfence.policy.load import load_policy
from ringfence.reach.prove import prove

POLICY = """ringfence: 1
name: fuzzed
configuration: full-collapse
zones:
  low: {trust: 10, networks: ["low*"], machines: ["web-*"]}
  high: {trust: 90, networks: ["high*"], addresses: [10.0.0.0/8, "fd00::/8"]}
  outside: {trust: 0, external: true}
flows:
  - {from: low, to: high, services: [tcp/443, "udp/53-60"], through: fw}
devices:
  fw: {physical: true, interfaces: {eth0: {domain: site, vlan: 10}, eth1: {zone: outside}}}
fabric:
  domains:
    site: {uplinks: ["*/vmnic0"], vlans: 10-20, native: none}
"""


def files_problem(seed: int) -> str | None:
    """Return how a changed snapshot or policy of a seed is met by anything but a worded error."""
    chance = Random(f"files {seed}")
    case = case_of(seed)
    with suppress(RingfenceError):
        snapshot = read_changed(case.snapshot, chance)
        prove(snapshot, case.policy, case.memberships)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.yaml")
        path.write_bytes(bytes_changed(POLICY.encode(), chance))
        with suppress(RingfenceError):
            load_policy(path)
    return None


def read_changed(snapshot: Snapshot, chance: Random) -> Snapshot:
    """Return a snapshot as it is read from a file of it that was changed, inside or outside."""
    content = canonical_json(snapshot)
    if chance.random() < 0.8:
        content = document_changed(content, chance)
    header = snapshot_file.Header(
        format=snapshot_file.FORMAT,
        version=snapshot_file.VERSION,
        sha256=sha256_hex(content),
        size=len(content),
    )
    whole = canonical_json(header) + b"\n" + gzip.compress(content, compresslevel=1, mtime=0)
    if chance.random() < 0.2:
        whole = bytes_changed(whole, chance)
    return _from_file(whole, snapshot_file.read_snapshot)


def _from_file(content: bytes, read: Callable[[Path], Any]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        return read(path)


def facts_problem(seed: int) -> str | None:
    """Return a pair that is PROVED isolated though the facts that were put out of sight say not."""
    case = case_of(2 * seed)
    blind = replace(case, snapshot=blinded(case.snapshot, Random(f"blind {seed}")))
    proof = prove(blind.snapshot, blind.policy, blind.memberships)
    truth = brute_force(case, "lower")
    for one in proof.pairs:
        delivered = truth[one.source, one.destination]
        if one.obligations[0].verdict == "PROVED" and delivered:
            return f"seed {seed}: {one.source} to {one.destination} is PROVED, and not so"
    return None


def blinded(snapshot: Snapshot, chance: Random, share: float = 0.05) -> Snapshot:
    """Return the snapshot with any facts not read, and references to what is not there."""
    return _blinded(snapshot, chance, share)


def _blinded(record: Any, chance: Random, share: float) -> Any:
    hints = get_type_hints(type(record))
    changes: dict[str, Any] = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if NotRead in get_args(hints[name]) and chance.random() < share:
            changes[name] = HIDDEN
        elif name in ("port_group", "host", "physical_nic") and chance.random() < share / 4:
            changes[name] = value and f"{value}-lost"
        elif isinstance(value, tuple):
            changes[name] = tuple(
                _blinded(one, chance, share) if isinstance(one, Record) else one for one in value
            )
    return msgspec.structs.replace(record, **changes)


def certificates_problem(seed: int) -> str | None:
    """Return where a changed certificate is accepted and does not hold."""
    case = certified_case(seed)
    made = certificate_of(case)
    if made is None:
        return None
    chance = Random(f"certificate {seed}")
    for _ in range(6):
        try:
            changed = _changed(made, chance)
        except RingfenceError:
            continue
        if refusal(changed, case) is None and (wrong := next(_wrong(changed, case), None)):
            return f"seed {seed}: {wrong}"
    return None


def _changed(made: Certificate, chance: Random) -> Certificate:
    content = document_changed(canonical_json(made), chance)
    header = {
        "format": certificates.FORMAT,
        "version": certificates.VERSION,
        "sha256": sha256_hex(content),
    }
    whole = canonical_json(header) + b"\n" + content + b"\n"
    return _from_file(whole, certificates.read_certificate)


def _wrong(accepted: Certificate, case: Network) -> Iterator[str]:
    """Yield why a certificate that was accepted should not have been."""
    naive = NaiveClosure(accepted, case)
    yield from (f"it is not closed for {one}" for one in case.universe if naive.refutes(one))
    delivered = brute_force(case, "lower")
    declared = {(flow.from_, flow.to) for flow in case.policy.flows}
    for pair in accepted.pairs:
        if pair not in declared and delivered[pair]:
            yield f"{pair} is claimed, and {min(delivered[pair], key=str)} gets there"
