"""``check-certificate``: whether a certificate holds for what was read."""

from __future__ import annotations

from pathlib import Path

from ringfence.certificate.check import check
from ringfence.foundation.progress import Progress
from ringfence.model.certificate import Certificate, read_certificate
from ringfence.operations.subject import Subject


def check_certificate(path: Path, subject: Subject, progress: Progress) -> Certificate:
    """Return the certificate in a file, which holds for ``subject``.

    Raises ``UsageError`` where there is no policy, ``CertificateFileError`` where the file cannot
    be believed, ``CertificateFailedError`` where the certificate is for something else or what it
    claims does not follow.
    """
    certificate = read_certificate(path)
    policy = subject.required_policy()
    progress.step(f"Checking {path.name}")
    check(certificate, subject.snapshot, policy, subject.memberships.every)
    return certificate
