"""Passwords that the operating system's keyring holds for us."""

from __future__ import annotations

from typing import Final

from ringfence.connections.settings import Endpoint, Secret

SERVICE: Final = "ringfence"


def stored_password(endpoint: Endpoint, user: str) -> Secret:
    """Return the password of ``user`` at ``endpoint``, empty where the keyring has none.

    It is stored under the service ``ringfence`` and the name ``user@server``, as by
    ``keyring set ringfence user@server``. A machine without a keyring has none.
    """
    try:
        import keyring  # noqa: PLC0415 (optional, and slow to import)
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return Secret("")
    try:
        return Secret(keyring.get_password(SERVICE, f"{user}@{endpoint}") or "")
    except KeyringError:
        return Secret("")
