"""YAML text becomes a tree with positions, within limits, whatever the text is."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.policy.yaml_tree import DEEPEST, MOST_BYTES, Table, plain, read_tree


def read(text):
    content = text if isinstance(text, bytes) else text.encode()
    tree, problems = read_tree(content, "f")
    return None if tree is None else plain(tree), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: [no, yes, on, 010, 0x10, 1.5, 1e400, .inf, ~, 'x', \"1\", 2027-01-01, 10:30]",
         {"a": ["no", "yes", "on", 10, "0x10", 1.5, "1e400", ".inf", None, "x", "1",
                "2027-01-01", "10:30"]}),
        ("a: True\nb: FALSE\nc:\nd: Null", {"a": True, "b": False, "c": None, "d": None}),
        ("1: x\ntrue: y\n? z\n: w", {"1": "x", "true": "y", "z": "w"}),
        ("a: &x {b: [1, 2]}\nc: *x", {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}),
        ("a: &x one\nb: [*x, &x two, *x]", {"a": "one", "b": ["one", "two", "two"]}),
        (b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("99999999999999999999: 99999999999999999999", {"9" * 20: "9" * 20}),
        ("a: ! x", {"a": "x"}),
    ],
)  # fmt: skip
def test_values(text, value):
    assert read(text) == (value, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "f:1:1: the file is empty."),
        ("# only words\n", "f:1:1: the file is empty."),
        ("a: b: c", "f:1:5: this is not YAML: mapping values are not allowed in this context."),
        ("\ta: b", ("f:1:1: this is not YAML: while scanning for the next token, found character "
         "that cannot start any token.")),
        ("a: 1\nb: \x07", "f:2:4: the character U+0007 is not allowed in YAML."),
        (b"a: 1\nbc: \xff", "f:2:5: byte 0xff is not UTF-8; save the file as UTF-8."),
        (b"\0", "f:1:1: the character U+0000 is not allowed in YAML."),
        ("[" * 100_000, (f"f:1:{DEEPEST + 1}: values are nested more than 40 deep here; "
         "that is refused.")),
        ("x" * (MOST_BYTES + 1), ("f:1:1: the file has 4,194,305 bytes, more than 4,194,304 are "
         "refused.")),
    ],
)  # fmt: skip
def test_text_without_a_tree(text, problem):
    assert read(text) == (None, [problem])


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        ("a: 1\nb: {c: 1}\na: {d: 2}", {"a": 1, "b": {"c": 1}},
         'f:3:1: "a" is given twice; the first time in line 1.'),
        ("a: 1\n---\nb: 2", {"a": 1}, "f:2:1: a second document begins here; one file holds one."),
        ("a: !!python/object x", {"a": "x"},
         ('f:1:4: the tag "tag:yaml.org,2002:python/object" is not allowed; a policy holds plain '
         "values only.")),
        ("a: &a [1, *a]", {"a": [1, None]},
         ('f:1:11: the alias "a" names nothing that is complete before it; define the anchor '
         "above, outside of itself.")),
        ("a: {b: 1}\n<<: {c: 2}", {"a": {"b": 1}},
         'f:2:1: merge keys ("<<") are not supported; use extends, or write it out.'),
        ("? {a: [b, {c: d}]}\n: {e: f}\ng: h", {"g": "h"},
         "f:1:3: a key must be text, not a list or mapping."),
    ],
)  # fmt: skip
def test_a_mistake_of_form_leaves_the_rest(text, value, problem):
    assert read(text) == (value, [problem])


def test_aliases_that_explode_are_refused():
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    for step in range(1, 20):
        uses = ",".join([f"*a{step - 1}"] * 10)
        lines.append(f"a{step}: &a{step} [{uses}]")
    value, problems = read("\n".join(lines))
    assert value is None
    (problem,) = problems
    assert problem.startswith("f:6:10: the file has more than 200,000 values once its aliases are")


def test_keys_and_values_know_where_they_stand():
    tree, _ = read_tree(b"a:\n  bc: [1,\n    two]\n", "f")
    assert isinstance(tree, Table)
    inner = tree.entries["a"].node.entries["bc"]
    positions = [inner.key, inner.node.position, *(item.position for item in inner.node.items)]
    assert list(map(str, positions)) == ["f:2:3", "f:2:7", "f:2:8", "f:3:5"]


YAML_LIKE = st.text(
    alphabet=string.printable + "é\u2028\x85\0\ufeff&*!<>[]{}:,-?|#'\"%@`\\", max_size=200
)


@given(YAML_LIKE | st.binary(max_size=100))
def test_no_text_ends_in_a_traceback(text):
    value, problems = read(text)
    said = text.strip() if isinstance(text, bytes) else text.strip().encode()
    # Nothing is nothing too where it has an anchor: "&0".
    assert value is not None or problems or re.fullmatch(rb"(&\S+\s*)?(null|~)?", said)
