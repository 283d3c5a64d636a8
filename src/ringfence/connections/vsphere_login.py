"""Login to a vSphere server with pyvmomi, over connections that we open and check ourselves."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any, Final
from xml.parsers.expat import ExpatError

from ringfence.connections.settings import VsphereSettings
from ringfence.connections.tls import failure, open_https
from ringfence.foundation.errors import (
    ConnectionFailedError,
    LoginRefusedError,
    MissingExtraError,
    UsageError,
)
from ringfence.foundation.text import for_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

_OLDEST_VERSION: Final = "vim.version.version9"
_MOST_BYTES: Final = 16 * 1024**2


class _BoundedResponse(http.client.HTTPResponse):
    """An answer that is given up where it is longer than any answer to a login."""

    _bytes = 0

    def read(self, amt: int | None = None) -> bytes:
        chunk = super().read(_MOST_BYTES if amt is None else amt)
        self._bytes += len(chunk)
        if self._bytes >= _MOST_BYTES:
            raise http.client.HTTPException
        return chunk


def login(settings: VsphereSettings, versions: Iterable[str]) -> str:
    """Log in and return the session's cookie (``name=value``).

    ``versions`` are those that the server speaks. Raises ``LoginRefusedError``,
    ``ConnectionFailedError``, ``CertificateRefusedError``, ``MissingExtraError`` where pyvmomi is
    not installed, and ``UsageError`` where there are no credentials.
    """
    if not settings.token and not (settings.user and settings.password):
        raise UsageError(
            f"There is no account, or no password for it, to log in to {settings.endpoint}.",
            "Give them by GOVC_USERNAME and GOVC_PASSWORD (or VSPHERE_USER and VSPHERE_PASSWORD), "
            "in a named context, or in the keyring.",
        )
    try:
        from pyVmomi import vim, vmodl  # noqa: PLC0415 (optional, and slow to import)
    except ImportError as error:
        raise MissingExtraError(
            "Reading a live vSphere server needs the extra 'vsphere', which is not installed.",
            "Install it with: pip install 'ringfence[vsphere]'",
        ) from error
    stub = _stub(settings, versions)
    service_instance: Any = vim.ServiceInstance  # its type definitions leave the constructor out
    try:
        manager = service_instance("ServiceInstance", stub).RetrieveContent().sessionManager
        if settings.token:
            manager.LoginByToken()
        else:
            manager.Login(settings.user, settings.password.reveal(), None)
    except (vim.fault.InvalidLogin, vim.fault.NoPermission, vmodl.fault.SecurityError) as fault:
        raise LoginRefusedError(
            f"{settings.endpoint} refused the login of {_account(settings)}: "
            f"{_said(fault) or 'the user name or password is not right'}",
            "Check the account and its password. It was tried once, so as not to lock the account.",
        ) from None
    except vmodl.MethodFault as fault:
        raise LoginRefusedError(
            f"{settings.endpoint} answered the login of {_account(settings)} with the fault "
            f"{type(fault).__name__.rpartition('.')[2]}: {_said(fault) or 'no reason given'}",
            "The server's log may say why.",
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise failure(settings.endpoint, error, settings.timeout) from error
    except (ExpatError, ValueError, LookupError, TypeError, AttributeError) as error:
        # What pyvmomi raises where an answer is not what its type definitions promise.
        raise ConnectionFailedError(
            f"{settings.endpoint} answered the login with something that is not the vSphere API.",
            "Check that the address is that of a vCenter Server or ESXi host.",
        ) from error
    return str(stub.cookie).partition(";")[0]


def _stub(settings: VsphereSettings, versions: Iterable[str]) -> Any:
    from pyVmomi import VmomiSupport  # noqa: PLC0415
    from pyVmomi.SoapAdapter import SoapStubAdapter  # noqa: PLC0415

    support: Any = VmomiSupport

    class CheckedStub(SoapStubAdapter):
        """A stub whose connections are opened and verified by us, and never pooled."""

        def GetConnection(self) -> http.client.HTTPSConnection:  # noqa: N802 (pyvmomi's name)
            connection = open_https(settings.endpoint, settings.tls, settings.timeout)
            connection.response_class = _BoundedResponse
            return connection

        def ReturnConnection(self, conn: http.client.HTTPSConnection) -> None:  # noqa: N802
            conn.close()

    spoken = frozenset(versions)
    known = (
        name for name in support.GetServiceVersions("vim25") if support.versionIdMap[name] in spoken
    )
    token = settings.token.reveal()
    stub: Any = CheckedStub
    return stub(
        host=settings.endpoint.host,
        port=settings.endpoint.port,
        path=settings.endpoint.path,
        version=next(known, _OLDEST_VERSION),
        samlToken=token if token and not settings.bearer else None,
        customHeaders={"Authorization": f"Bearer {token}"} if settings.bearer else None,
    )


def _account(settings: VsphereSettings) -> str:
    return "the token" if settings.token else for_terminal(settings.user)


def _said(fault: Any) -> str:
    return for_terminal(str(getattr(fault, "msg", None) or "").strip())[:300]
