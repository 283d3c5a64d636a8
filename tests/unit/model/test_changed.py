"""Which records changed, by pointer where they are the same."""

import pytest

from ringfence.model.changed import Window, table_change, window
from ringfence.model.facts import NOT_COLLECTED
from ringfence.model.places import Folder


def folder(name: str, path: str = "/") -> Folder:
    return Folder(id=name, name=name, path=path)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", Window(0, 0, 0)),
        ("abc", "abc", Window(3, 3, 3)),
        ("abcde", "abde", Window(2, 3, 2)),
        ("abde", "abcde", Window(2, 2, 3)),
        ("abcde", "abxde", Window(2, 3, 3)),
        ("aaa", "aa", Window(2, 3, 2)),
        ("abc", "", Window(0, 3, 0)),
        ("abcd", "dbca", Window(0, 4, 4)),
    ],
)
def test_a_window_is_the_smallest_stretch_that_differs(
    old: str, new: str, expected: Window
) -> None:
    assert window(tuple(old), tuple(new)) == expected


def test_a_table_changes_by_the_records_that_are_not_equal() -> None:
    kept, changed, gone = folder("a"), folder("b"), folder("c")
    old = (kept, changed, gone)
    new = (folder("a"), folder("b", "/other"), folder("d"))
    change = table_change(old, new)
    assert change.old == {"b": changed, "c": gone}
    assert change.new == {"b": folder("b", "/other"), "d": folder("d")}
    assert change.ids == {"b", "c", "d"}


def test_records_that_change_places_do_not_change() -> None:
    one, other = folder("a"), folder("b")
    assert not table_change((one, other), (other, one))


def test_a_table_that_was_not_read_holds_no_record() -> None:
    assert table_change(NOT_COLLECTED, (folder("a"),)).new == {"a": folder("a")}
