"""Where the settings of a vSphere connection come from: context, arguments, environment, keyring.

What is given outright wins over the named context, and that over the environment. Of the
environment, govmomi's variables (``GOVC_*``) win over Terraform's (``VSPHERE_*``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ringfence.connections.contexts import Context, contexts_path, named_context
from ringfence.connections.keyring_store import stored_password
from ringfence.connections.settings import (
    Endpoint,
    Secret,
    TlsSettings,
    VsphereSettings,
    endpoint_of,
    normal_thumbprint,
)
from ringfence.foundation.errors import UsageError

_TRUE = frozenset({"1", "t", "true", "yes"})


def vsphere_settings(
    environment: Mapping[str, str], *, context: str = "", url: str = "", user: str = ""
) -> VsphereSettings:
    """Return the settings of the connection that was asked for.

    ``context`` is the name of a context, ``url`` and ``user`` what was given outright. A password
    that is nowhere to be found is empty: whoever has a terminal may ask for it. Raises
    ``UsageError`` where there is no address, or a setting is not understood.
    """
    if context:
        path = contexts_path(environment)
        settings = _from_context(named_context(path, context), environment)
    else:
        settings = _from_environment(environment, url)
    if url and context:
        settings = replace(settings, endpoint=endpoint_of(url)[0])
    if user and user != settings.user:
        settings = replace(settings, user=user, password=Secret(""))
    if not settings.token and not settings.password and settings.user:
        stored = stored_password(settings.endpoint, settings.user)
        settings = replace(settings, password=stored)
    return settings


def _from_context(context: Context, environment: Mapping[str, str]) -> VsphereSettings:
    endpoint, user, password = endpoint_of(context.text("url"))
    if password:
        raise UsageError(
            f"The url of the context {context.name!r} holds a password.",
            "Name a 'password-variable' or 'password-file' instead, or put it into the keyring.",
        )
    thumbprint = context.text("thumbprint")
    return VsphereSettings(
        endpoint=endpoint,
        user=context.text("user") or user,
        password=_credential(context, "password", environment),
        token=_credential(context, "token", environment),
        bearer=bool(context.values.get("bearer", False)),
        tls=TlsSettings(
            verify=bool(context.values.get("verify", True)),
            thumbprint=normal_thumbprint(thumbprint) if thumbprint else "",
            ca_file=context.path("ca-file"),
        ),
        timeout=float(context.values.get("timeout", VsphereSettings.timeout)),
        name=context.name,
    )


def _credential(context: Context, kind: str, environment: Mapping[str, str]) -> Secret:
    if variable := context.text(f"{kind}-variable"):
        if variable not in environment:
            raise UsageError(
                f"The variable {variable}, which the context {context.name!r} names for its "
                f"{kind}, is not set."
            )
        return Secret(environment[variable])
    if path := context.path(f"{kind}-file"):
        try:
            return Secret(path.read_text(encoding="utf-8").rstrip("\r\n"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise UsageError(
                f"The {kind} file {path} of the context {context.name!r} cannot be read: {reason}."
            ) from error
    return Secret("")


def _from_environment(environment: Mapping[str, str], url: str) -> VsphereSettings:
    address = url or _first(environment, "GOVC_URL", "VSPHERE_SERVER", "VSPHERE_HOST")
    if not address:
        raise UsageError(
            "No server was named.",
            "Give a context or an address, or set GOVC_URL or VSPHERE_SERVER.",
        )
    endpoint, url_user, url_password = endpoint_of(address)
    user = _first(environment, "GOVC_USERNAME", "VSPHERE_USER", "VSPHERE_USERNAME") or url_user
    password = _first(environment, "GOVC_PASSWORD", "VSPHERE_PASSWORD")
    timeout = environment.get("RINGFENCE_TIMEOUT", "")
    try:
        seconds = float(timeout) if timeout else VsphereSettings.timeout
    except ValueError as error:
        raise UsageError(f"RINGFENCE_TIMEOUT is {timeout!r}, expected seconds.") from error
    return VsphereSettings(
        endpoint=endpoint,
        user=user,
        password=Secret(password) if password else url_password,
        token=Secret(_first(environment, "VSPHERE_TOKEN")),
        tls=_tls(environment, endpoint),
        timeout=seconds,
    )


def _tls(environment: Mapping[str, str], endpoint: Endpoint) -> TlsSettings:
    insecure = _first(environment, "GOVC_INSECURE", "VSPHERE_ALLOW_UNVERIFIED_SSL")
    ca_files = _first(environment, "GOVC_TLS_CA_CERTS", "VSPHERE_CA_FILE").split(os.pathsep)
    if len(ca_files) > 1:
        raise UsageError(
            f"GOVC_TLS_CA_CERTS names {len(ca_files)} files, and only one is read.",
            "Put the certificates into one file in PEM format.",
        )
    thumbprint = environment.get("VSPHERE_THUMBPRINT", "")
    if not thumbprint and (known_hosts := environment.get("GOVC_TLS_KNOWN_HOSTS", "")):
        thumbprint = _known_thumbprint(Path(known_hosts).expanduser(), endpoint)
    return TlsSettings(
        verify=insecure.lower() not in _TRUE,
        thumbprint=normal_thumbprint(thumbprint) if thumbprint else "",
        ca_file=Path(ca_files[0]).expanduser() if ca_files[0] else None,
    )


def _known_thumbprint(path: Path, endpoint: Endpoint) -> str:
    """Return the thumbprint that govc remembers for a server: lines of ``host:port thumbprint``."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The file of known hosts {path} cannot be read: {error}.") from error
    for line in lines:
        address, _, thumbprint = line.strip().partition(" ")
        if address in {endpoint.host, f"{endpoint.host}:{endpoint.port}"}:
            return thumbprint.strip()
    return ""


def _first(environment: Mapping[str, str], *names: str) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")
