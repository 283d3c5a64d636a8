"""``ringfence check-certificate``: whether a certificate holds for what was read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.screen import Screen, process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.foundation.errors import CertificateFailedError
from ringfence.foundation.text import counted, for_terminal
from ringfence.operations import check_certificate as operation


def check_certificate(
    certificate: Annotated[Path, Parameter(help="The certificate, as 'ringfence prove' wrote it.")],
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> ExitCode:
    """Check that what a certificate claims follows from what was read.

    The checker shares nothing with the proof engine. It ends with 0 where every
    pair of zones that the certificate names is isolated as it claims, and with
    10 where the certificate is for something else, or what it claims does not
    follow; a file that cannot be read or was altered is an error.
    """
    screen = process_screen()
    try:
        with progress(screen) as drawn:
            subject = open_subject(snapshot, policy, screen, drawn)
            checked = operation.check_certificate(certificate, subject, drawn)
    except CertificateFailedError as error:
        _tell(screen, {"holds": False, "why": str(error)}, f"It does not hold: {error}", json=json)
        return ExitCode.UNKNOWN
    pairs = counted(len(checked.pairs), "pair")
    listed = [{"from": source, "to": destination} for source, destination in checked.pairs]
    text = f"The certificate holds: {pairs} of zones isolated as the policy asks."
    _tell(screen, {"holds": True, "pairs": listed}, text, json=json)
    return ExitCode.CLEAN


def _tell(screen: Screen, plain: dict[str, object], text: str, *, json: bool) -> None:
    if json:
        screen.write_json(plain)
    else:
        screen.write(for_terminal(text))
