"""Settings by a source's own keys: only the tables of checks know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.model.facts import Fact, NotRead, Setting

Value = str | int | float | bool | None
ABSENT: Final = NotRead(reason="not-supported", detail="there is no setting of that name")


@dataclass(frozen=True, slots=True)
class CheckSetting:
    """A setting that has to hold: its key, a test of its value, and how to say both.

    ``expected`` is what a finding shows, ``fault`` what is said of the object after its name,
    ``right`` the value that a fix sets, ``None`` where an operator has to choose it.
    """

    key: str
    holds: Callable[[Value], bool]
    expected: Value
    fault: str
    right: Value = None


def setting_value(settings: Fact[tuple[Setting, ...]], key: str) -> Fact[Value]:
    """Return the value of a setting, ``NotRead`` where there is none of that key."""
    if isinstance(settings, NotRead):
        return settings
    for setting in settings:
        if setting.key == key:
            return setting.value
    return ABSENT


def examine_settings(
    target: Target, settings: Fact[tuple[Setting, ...]], table: Iterable[CheckSetting]
) -> Outcomes:
    """Yield an outcome of one object for each setting of a table."""
    for row in table:
        path = f"settings[{row.key}].value"
        value = setting_value(settings, row.key)
        if isinstance(value, NotRead):
            yield Unread(target, path, value)
        elif row.holds(value):
            yield Passed(target)
        else:
            change = target.change(path, before=value, after=row.right)
            yield Failed(
                target=target,
                property=path,
                found=value,
                expected=row.expected,
                sentence=f"{target.opening} {row.fault}.",
                fix=() if row.right is None else (change,),
            )


def examine_server(
    target: Target, settings: Fact[tuple[Setting, ...]], table: Iterable[CheckSetting]
) -> Outcomes:
    """Yield the same of the management server; nothing where a host was read by itself."""
    if not (isinstance(settings, NotRead) and settings.reason == "not-supported"):
        yield from examine_settings(target, settings, table)


def is_true(value: Value) -> bool:
    """Tell whether a setting is on; some sources give text."""
    return value is True or (isinstance(value, str) and value.casefold() == "true")
