"""HTTPS connections whose server is who it should be, before a single byte is sent to it."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
from typing import NoReturn

from ringfence.connections.settings import Endpoint, TlsSettings
from ringfence.foundation.errors import CertificateRefusedError, ConnectionFailedError
from ringfence.foundation.text import for_terminal


class ConnectionDroppedError(ConnectionFailedError):
    """The server closed the connection before its answer was whole; a read may be tried again."""


def open_https(endpoint: Endpoint, tls: TlsSettings, timeout: float) -> http.client.HTTPSConnection:
    """Return a connection whose TLS handshake is done and whose certificate was checked.

    Raises ``CertificateRefusedError`` where the certificate is not the expected one, and
    ``ConnectionFailedError`` where the server cannot be reached or does not speak TLS.
    """
    connection = http.client.HTTPSConnection(
        endpoint.host, endpoint.port, timeout=timeout, context=_context(tls)
    )
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        _refuse(endpoint, error.verify_message, timeout)
    except (OSError, ValueError) as error:
        raise failure(endpoint, error, timeout) from error
    if tls.thumbprint:
        _check_thumbprint(connection, endpoint, tls.thumbprint)
    return connection


def failure(endpoint: Endpoint, error: Exception, timeout: float) -> ConnectionFailedError:
    """Return the sentence for what went wrong below HTTP or within it."""
    advice = "Check the address, and that nothing on the way refuses the connection."
    match error:
        case socket.gaierror():
            what = f"The name {endpoint.host} is not known here ({error.strerror})."
            advice = "Check the address and this machine's name service."
        case TimeoutError():
            what = f"{endpoint} did not answer within {timeout:g} seconds."
            advice = "Try again, or allow more time with the setting 'timeout'."
        case ConnectionRefusedError():
            what = f"{endpoint} refused the connection: nothing listens on port {endpoint.port}."
        case ssl.SSLError():
            what = f"{endpoint} does not speak TLS as expected ({error.reason or 'no reason'})."
            advice = "Check that the port is that of the vSphere API, 443 unless it was changed."
        case http.client.IncompleteRead() | http.client.RemoteDisconnected() | ConnectionError():
            return ConnectionDroppedError(
                f"{endpoint} closed the connection in the middle of an answer.",
                "Nothing was written. Try again; the server's own log may say why.",
            )
        case http.client.HTTPException():
            what = f"{endpoint} answered with something that is not HTTP."
            advice = "Check that the address is that of a vCenter Server or ESXi host."
        case OSError():
            what = f"{endpoint} cannot be reached: {error.strerror or type(error).__name__}."
        case _:
            what = f"{endpoint} cannot be reached: its name is not one that can be looked up."
    return ConnectionFailedError(what, advice)


def _context(tls: TlsSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise CertificateRefusedError(
            f"The file of certificate authorities {tls.ca_file} cannot be used: {error.strerror}.",
            "Give a file of certificates in PEM format.",
        ) from error
    if tls.thumbprint or not tls.verify:
        # A pinned certificate is compared byte for byte after the handshake instead.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _check_thumbprint(
    connection: http.client.HTTPSConnection, endpoint: Endpoint, expected: str
) -> None:
    certificate = _certificate(connection)
    # SHA-1 only names a certificate here, as VMware's own tools print it.
    algorithm = "sha1" if len(expected) == 40 else "sha256"
    found = hashlib.new(algorithm, certificate, usedforsecurity=False).hexdigest()
    if found != expected:
        connection.close()
        raise CertificateRefusedError(
            f"{endpoint} presents a certificate with the thumbprint {found}, expected {expected}.",
            "If the certificate was replaced, ask the server's administrator for the new "
            "thumbprint. Nothing was sent.",
        )


def _certificate(connection: http.client.HTTPSConnection) -> bytes:
    layer = connection.sock
    certificate = layer.getpeercert(binary_form=True) if isinstance(layer, ssl.SSLSocket) else None
    return certificate or b""


def _refuse(endpoint: Endpoint, reason: str, timeout: float) -> NoReturn:
    """Say why the certificate is not trusted, and its thumbprint, so that it can be compared."""
    unverified = http.client.HTTPSConnection(
        endpoint.host, endpoint.port, timeout=timeout, context=_context(TlsSettings(verify=False))
    )
    thumbprint = "unknown"
    try:
        unverified.connect()
        thumbprint = hashlib.sha256(_certificate(unverified)).hexdigest()
    except OSError:
        pass  # The refusal stands, also where the server is gone by now.
    finally:
        unverified.close()
    raise CertificateRefusedError(
        f"{endpoint} presents a certificate that is not trusted ({for_terminal(reason)}); its "
        f"SHA-256 thumbprint is {thumbprint}. Nothing was sent.",
        "Give the file of your certificate authority as 'ca-file'; or compare the thumbprint with "
        "the server's administrator and give it as 'thumbprint'.",
    )
