"""Named contexts: a file that says where servers are and who reads them, without credentials.

    [harbour]
    url = "https://vcenter.harbour.example/sdk"
    user = "ringfence@vsphere.local"
    ca-file = "harbour-ca.pem"

Credentials come from a variable or a file that the context names, from the keyring, or from the
environment; a password written into the file is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match, for_terminal

_KEYS: Final[Mapping[str, tuple[type, ...]]] = {
    "url": (str,),
    "user": (str,),
    "password-variable": (str,),
    "password-file": (str,),
    "token-variable": (str,),
    "token-file": (str,),
    "bearer": (bool,),
    "verify": (bool,),
    "thumbprint": (str,),
    "ca-file": (str,),
    "timeout": (int, float),
}
_CREDENTIALS: Final = frozenset({"password", "token"})


@dataclass(frozen=True)
class Context:
    """A named context as its file has it; relative paths are resolved beside the file."""

    name: str
    values: Mapping[str, Any]
    folder: Path

    def text(self, key: str) -> str:
        """Return a text, empty where the context does not have it."""
        return str(self.values.get(key, ""))

    def path(self, key: str) -> Path | None:
        """Return a path beside the context file, ``None`` where the context does not have it."""
        value = self.text(key)
        return self.folder / Path(value).expanduser() if value else None


def contexts_path(environment: Mapping[str, str]) -> Path:
    """Return where the file of contexts is.

    ``RINGFENCE_CONTEXTS`` names it; otherwise it is ``ringfence/contexts.toml`` in the user's
    configuration folder (``XDG_CONFIG_HOME``, or ``~/.config``).
    """
    if named := environment.get("RINGFENCE_CONTEXTS"):
        return Path(named).expanduser()
    home = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "~")) / ".config")
    return Path(home).expanduser() / "ringfence" / "contexts.toml"


def read_contexts(path: Path) -> Mapping[str, Context]:
    """Return the contexts in the file ``path`` by name; none where there is no such file.

    Raises ``UsageError`` that names every mistake in the file.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The file of contexts {path} cannot be read: {error}.") from error
    try:
        tables = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The file of contexts {path} is not TOML: {error}.") from error
    mistakes = [mistake for name, table in tables.items() for mistake in _mistakes(name, table)]
    if mistakes:
        raise UsageError(f"The file of contexts {path} has mistakes: {' '.join(mistakes)}")
    return {name: Context(name, table, path.parent) for name, table in tables.items()}


def named_context(path: Path, name: str) -> Context:
    """Return the context ``name`` of the file ``path``; raises ``UsageError`` where it is not."""
    contexts = read_contexts(path)
    if name in contexts:
        return contexts[name]
    like = close_match(name, contexts)
    advice = f"Did you mean {like!r}?" if like else f"Add a table [{for_terminal(name)}] to it."
    raise UsageError(f"There is no context {name!r} in {path}.", advice)


def _mistakes(name: str, table: Any) -> list[str]:
    where = f"[{for_terminal(name)}]"
    if not isinstance(table, dict):
        return [f"{where} is not a table."]
    found = []
    for key, value in table.items():
        if key in _CREDENTIALS:
            found.append(
                f"{where} holds a {key}: name a '{key}-variable' or '{key}-file' instead, or put "
                "it into the keyring."
            )
        elif key not in _KEYS:
            like = close_match(key, _KEYS)
            hint = f", did you mean {like}?" if like else "."
            found.append(f"{where} has an unknown key {for_terminal(key)}{hint}")
        elif type(value) not in _KEYS[key]:
            found.append(f"{where} has a value of the wrong type for {key}.")
    if not table.get("url"):
        found.append(f"{where} has no url.")
    return found
