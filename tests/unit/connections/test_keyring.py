"""Passwords in the operating system's keyring."""

import sys
import types

import pytest

from ringfence.connections.keyring_store import stored_password
from ringfence.connections.settings import Endpoint

HERE = Endpoint("vcenter.example")


class KeyringError(Exception):
    """As the library's."""


@pytest.fixture
def keyring(monkeypatch):
    """A keyring of one password."""
    library, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    errors.KeyringError = KeyringError
    library.errors = errors
    library.get_password = lambda service, name: (
        "word" if (service, name) == ("ringfence", "me@vcenter.example") else None
    )
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return library


def test_a_stored_password(keyring):
    assert stored_password(HERE, "me").reveal() == "word"
    assert not stored_password(HERE, "other")


def test_a_keyring_that_is_locked_has_none(keyring):
    def locked(*_):
        raise KeyringError

    keyring.get_password = locked
    assert not stored_password(HERE, "me")


def test_a_machine_without_a_keyring_has_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not stored_password(HERE, "me")
