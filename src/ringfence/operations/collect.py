"""``collect``: what is out there, read from a live server or from what was saved of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ringfence.connections.settings import Secret, VsphereSettings, normal_thumbprint
from ringfence.connections.vsphere import connect
from ringfence.connections.vsphere_settings import vsphere_settings
from ringfence.foundation.errors import DefectError, NothingCollectedError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted, listed
from ringfence.model.snapshot import Snapshot
from ringfence.model.snapshot_file import write_snapshot
from ringfence.operations.assemble import all_sources, snapshot_at
from ringfence.operations.devices import with_devices
from ringfence.operations.linux_hosts import NamedHosts
from ringfence.policy.load import load_policy
from ringfence.sources.nsx.answers import read_answers
from ringfence.sources.nsx.joining import with_firewall
from ringfence.sources.source import Source
from ringfence.sources.vsphere.preflight import PreflightReport

_VSPHERE: Final = "vsphere"
_LINUX: Final = "linux"
_COUNTED: Final = {
    "clusters": "cluster",
    "hosts": "host",
    "switches": "switch",
    "port_groups": "port group",
    "machines": "machine",
    "devices": "device",
}
"""What is counted: tables of the snapshot, with the word for one of each."""

Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Server:
    """The live server that was asked for; what is empty comes from the environment.

    ``context`` names a context; ``url``, ``user``, ``thumbprint`` and ``ca_file`` were given
    outright and win over it. ``insecure`` accepts any certificate.
    """

    context: str = ""
    url: str = ""
    user: str = ""
    thumbprint: str = ""
    ca_file: Path | None = None
    insecure: bool = False

    def settings(self, environment: Mapping[str, str], ask: Ask | None) -> VsphereSettings:
        """Return the settings of the connection.

        A password that is nowhere to be found is asked for, where there is someone to ask. Raises
        ``UsageError`` where there is no address, or a setting is not understood.
        """
        settings = vsphere_settings(environment, context=self.context, url=self.url, user=self.user)
        tls = settings.tls
        if self.thumbprint:
            tls = replace(tls, thumbprint=normal_thumbprint(self.thumbprint))
        if self.ca_file is not None:
            tls = replace(tls, ca_file=self.ca_file)
        if self.insecure:
            tls = replace(tls, verify=False)
        settings = replace(settings, tls=tls)
        if ask is not None and settings.user and not settings.password and not settings.token:
            asked = ask(f"Password of {settings.user} at {settings.endpoint}: ")
            settings = replace(settings, password=Secret(asked))
        return settings


@dataclass(frozen=True, slots=True)
class Collected:
    """A snapshot that was written, and the hash of its content."""

    snapshot: Snapshot
    path: Path
    sha256: str

    def as_plain(self) -> dict[str, Any]:
        """Return what was collected as JSON would hold it."""
        return {
            "snapshot": str(self.path),
            "sha256": self.sha256,
            "counts": self._counts(),
            "unread": len(self.snapshot.unread),
            "stable": all(source.stable for source in self.snapshot.sources),
        }

    def lines(self) -> Iterator[str]:
        """Yield what was collected as sentences."""
        names = listed(f"{source.name} ({source.kind})" for source in self.snapshot.sources)
        counts = listed(
            (
                counted(number, _COUNTED[table], table.replace("_", " "))
                for table, number in self._counts().items()
            ),
            most=len(_COUNTED),
        )
        yield f"Read {counts} from {names}."
        if unread := len(self.snapshot.unread):
            yield (
                f"{counted(unread, 'fact')} could not be read, and what depends on them will be "
                "UNKNOWN: 'ringfence show unread' lists them."
            )
        yield f"The snapshot is in {self.path} (SHA-256 {self.sha256[:16]}…)."

    def _counts(self) -> dict[str, int]:
        counts = {table: len(getattr(self.snapshot, table)) for table in _COUNTED}
        return {table: number for table, number in counts.items() if number}


@dataclass(frozen=True, slots=True)
class Preflight:
    """What the account that would read lacks of the published role, and what that costs."""

    report: PreflightReport

    @property
    def complete(self) -> bool:
        """Whether the account may read every fact."""
        return self.report.complete

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        report = self.report
        return {
            "server": report.server,
            "account": report.account,
            "complete": report.complete,
            "role": report.privileges,
            "lacks": [
                {
                    "privilege": lack.privilege,
                    "objects": lack.objects,
                    "everywhere": lack.everywhere,
                    "facts": lack.facts,
                    "verdicts": lack.verdicts,
                }
                for lack in report.lacks
            ],
        }

    def lines(self) -> Iterator[str]:
        """Yield it as sentences: the whole, then each privilege that is missing."""
        yield self.report.sentence()
        for lack in self.report.lacks:
            where = "everywhere" if lack.everywhere else f"on {listed(lack.objects)}"
            yield ""
            yield f"{lack.privilege}, missing {where}"
            yield f"  not read: {listed(lack.facts, most=99)}"
            yield f"  UNKNOWN: {listed(lack.verdicts, most=99)}"


def collect_saved(
    saved: Path, output: Path, policy: Path | None, progress: Progress, nsx: Path | None = None
) -> Collected:
    """Read what was saved at ``saved`` and write the snapshot.

    ``policy`` is one whose devices' configurations shall be kept in it too, ``nsx`` are saved
    answers of the NSX manager, whose filters are put at the virtual NICs. Raises ``SourceError``
    where it cannot be read; then nothing is written.
    """
    return _written(_filtered(snapshot_at(saved, progress), nsx), output, policy, progress)


def collect_live(
    settings: VsphereSettings,
    output: Path,
    policy: Path | None,
    progress: Progress,
    nsx: Path | None = None,
) -> Collected:
    """Read a live server and write the snapshot; ``nsx`` as for ``collect_saved``.

    Raises ``SourceError`` where it cannot be reached, refuses the login, or does not answer; then
    nothing is written.
    """
    progress.step(f"connecting to {settings.endpoint}")
    with connect(settings) as connection:
        snapshot = _live_source(_VSPHERE).collect(connection, progress)
    return _written(_filtered(snapshot, nsx), output, policy, progress)


def collect_hosts(
    named: NamedHosts, output: Path, policy: Path | None, progress: Progress
) -> Collected:
    """Read Linux hosts, all at once, and write one snapshot of them.

    Raises ``SourceError`` where not one was reached; then nothing is written.
    """
    snapshot = _live_source(_LINUX).collect(named.to_read(), progress)
    return _written(snapshot, output, policy, progress)


def preflight(settings: VsphereSettings, progress: Progress) -> Preflight:
    """Return what the account lacks, compared with the published role, and what that costs."""
    progress.step(f"connecting to {settings.endpoint}")
    with connect(settings) as connection:
        return Preflight(_live_source(_VSPHERE).preflight(connection))


def _filtered(snapshot: Snapshot, nsx: Path | None) -> Snapshot:
    return snapshot if nsx is None else with_firewall(snapshot, read_answers(nsx))


def _written(
    snapshot: Snapshot, output: Path, policy: Path | None, progress: Progress
) -> Collected:
    if not any(getattr(snapshot, table) for table in _COUNTED):
        raise NothingCollectedError(
            "Nothing was collected: not one host, switch, network or machine.",
            "Check that the account may see the datacenter, or that the folder is the whole one.",
        )
    if policy is not None:
        snapshot = with_devices(snapshot, load_policy(policy))
    progress.step(f"writing {output}")
    return Collected(snapshot, output, write_snapshot(snapshot, output))


def _live_source(name: str) -> Source:
    for source in all_sources():
        if source.name == name:
            return source
    raise DefectError(f"The source {name} is missing.", "Reinstall ringfence.")
