"""The options that say which live server to read, and as whom."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from ringfence.operations.collect import Server

_SERVER = Group("A live server")


@Parameter(name="*", group=_SERVER)
@dataclass(frozen=True)
class ServerOptions:
    """What was said of the server on the command line; a password never is, for others see it."""

    context: Annotated[str, Parameter(help="A named context: where it is, and as whom.")] = ""
    server: Annotated[
        str, Parameter(help="Its address; GOVC_URL or VSPHERE_SERVER where absent.")
    ] = ""
    user: Annotated[
        str, Parameter(help="The account; GOVC_USERNAME or VSPHERE_USER where absent.")
    ] = ""
    thumbprint: Annotated[
        str,
        Parameter(help="Accept exactly the certificate with this SHA-256 or SHA-1 thumbprint."),
    ] = ""
    ca_file: Annotated[
        Path | None, Parameter(help="Authorities whose certificates are accepted, as PEM.")
    ] = None
    insecure: Annotated[
        bool, Parameter(help="Accept any certificate; then anyone could answer in its place.")
    ] = False

    def chosen(self) -> Server:
        """Return the server that was asked for."""
        return Server(
            self.context, self.server, self.user, self.thumbprint, self.ca_file, self.insecure
        )
