"""The tree of errors that a user of Ringfence may meet.

- ``RingfenceError``: every error that is told to the user as a sentence
    - ``UsageError``: the command line, or a value on it, is wrong
    - ``PolicyError``: the policy file has problems; carries all of them
    - ``SourceError``: a system or a saved file could not be read
        - ``ConnectionFailedError``: a server could not be reached, or stopped answering
        - ``LoginRefusedError``: a server refused the credentials
        - ``CertificateRefusedError``: a server's certificate is not the expected one
        - ``NothingCollectedError``: the reading ended without a single object
    - ``SnapshotFileError``: a snapshot file is damaged, altered, or of another version
    - ``ChangeRefusedError``: an edit does not fit the snapshot that it is made to
    - ``CertificateFileError``: a file with the certificate of a proof is damaged or altered
    - ``CertificateFailedError``: the certificate of a proof does not hold
    - ``MissingExtraError``: a part needs an optional package that is not installed
    - ``LabError``: the lab cannot be built, is there already, or is not there
    - ``EnforceError``: a system cannot be made what a policy demands; it is as it was
    - ``BudgetExceededError``: a computation would need more memory or time than allowed
    - ``DefectError``: Ringfence contradicts itself; never the user's fault
"""

from __future__ import annotations


class RingfenceError(Exception):
    """An error told to the user in a sentence.

    ``what`` names the object and what was found and expected; ``advice`` is what to do next.
    """

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what} {self.advice}".rstrip()


class UsageError(RingfenceError):
    """A command, an option or a value on the command line is wrong."""


class PolicyError(RingfenceError):
    """A policy file has problems; ``problems`` holds one sentence for each, with its position."""

    def __init__(self, what: str, problems: tuple[str, ...] = (), advice: str = "") -> None:
        super().__init__(what, advice)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join((self.what, *self.problems, *filter(None, (self.advice,))))


class SourceError(RingfenceError):
    """A system or a saved file could not be read."""


class ConnectionFailedError(SourceError):
    """A server could not be reached, closed the connection, or did not answer in time."""


class LoginRefusedError(SourceError):
    """A server refused the credentials."""


class CertificateRefusedError(SourceError):
    """A server presented a certificate that is not trusted or not the expected one."""


class NothingCollectedError(SourceError):
    """A reading ended without a single object; nothing may be concluded from it."""


class SnapshotFileError(RingfenceError):
    """A snapshot file is damaged, was altered, or is of a version this program cannot read."""


class ChangeRefusedError(RingfenceError):
    """An edit says that something was there which is not, or puts there what cannot be."""


class CertificateFileError(RingfenceError):
    """A file with the certificate of a proof is damaged, was altered, or is of another version."""


class CertificateFailedError(RingfenceError):
    """The certificate of a proof is for something else, or what it claims does not follow."""


class MissingExtraError(RingfenceError):
    """A part needs an optional package; the message names the extra that installs it."""


class LabError(RingfenceError):
    """The lab cannot be built, is there already, is not there, or a command in it failed."""


class EnforceError(RingfenceError):
    """A system cannot be made what a policy demands; unless it says otherwise, it is as it was."""


class BudgetExceededError(RingfenceError):
    """A computation would exceed the memory or time it was given; its answer is UNKNOWN."""


class DefectError(RingfenceError):
    """Two independent answers of Ringfence disagree; nothing it says may be trusted until fixed."""
