"""How to reach a management server: address, account, TLS, patience."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ringfence.foundation.errors import UsageError

_SHA1_DIGITS = 40
_SHA256_DIGITS = 64


class Secret:
    """A credential that no log, message or ``repr`` shows; ``reveal`` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential itself, to be handed to the server and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True)
class TlsSettings:
    """What a server's certificate has to be.

    With a ``thumbprint`` (SHA-1 or SHA-256 of the certificate) exactly that certificate is
    accepted, whoever signed it. Otherwise it has to be signed by an authority of the system or of
    ``ca_file``, unless ``verify`` is false.
    """

    verify: bool = True
    thumbprint: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True)
class Endpoint:
    """An HTTPS address; ``path`` is where the SOAP API answers."""

    host: str
    port: int = 443
    path: str = "/sdk"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"


@dataclass(frozen=True)
class VsphereSettings:
    """What a connection to a vCenter Server or ESXi host needs.

    Either ``user`` and ``password``, or ``token``: a SAML token of the single sign-on service,
    or an OAuth token where it is the ``bearer``'s. ``timeout`` is in seconds, for each answer of
    the server. ``name`` is that of the context it came from.
    """

    endpoint: Endpoint
    user: str = ""
    password: Secret = field(default=Secret(""))
    token: Secret = field(default=Secret(""))
    bearer: bool = False
    tls: TlsSettings = TlsSettings()
    timeout: float = 60.0
    name: str = ""


def endpoint_of(url: str) -> tuple[Endpoint, str, Secret]:
    """Return the endpoint that ``url`` names, and the user and password where it holds them.

    ``vcenter.example``, ``vcenter.example:8443`` and ``https://user:word@vcenter.example/sdk``
    are all understood. Raises ``UsageError`` for anything else; the message never repeats a
    password.
    """
    parts = urlsplit(url if "://" in url else f"https://{url}")
    try:
        port = parts.port or 443
    except ValueError:
        port = 0
    if parts.scheme != "https" or not parts.hostname or not port:
        raise UsageError(
            "The server's address is not understood: expected a host name, or https://host/sdk.",
            "Plain http is not offered: credentials would cross the network in the clear.",
        )
    path = "/sdk" if parts.path in {"", "/"} else parts.path.rstrip("/")
    endpoint = Endpoint(host=parts.hostname, port=port, path=path)
    return endpoint, unquote(parts.username or ""), Secret(unquote(parts.password or ""))


def normal_thumbprint(text: str) -> str:
    """Return a thumbprint as lower-case hexadecimal digits; colons and spaces are dropped.

    Raises ``UsageError`` where it is neither SHA-1 (40 digits) nor SHA-256 (64 digits).
    """
    digits = text.replace(":", "").replace(" ", "").lower()
    if len(digits) in {_SHA1_DIGITS, _SHA256_DIGITS} and not digits.strip("0123456789abcdef"):
        return digits
    raise UsageError(
        f"The thumbprint {text!r} is not the SHA-1 (40) or SHA-256 (64 hexadecimal digits) of a "
        "certificate.",
        "Read it on the server's console, or with 'openssl x509 -fingerprint -sha256'.",
    )
