"""A rule in nftables' own notation, from the JSON that ``nft -j`` gives instead of it."""

from __future__ import annotations

from typing import Any

from ringfence.foundation.canonical import canonical_json

_BARE_META = ("iif", "iifname", "oif", "oifname", "mark", "skuid", "skgid", "pkttype")
_VALUES = ("prefix", "range", "set", "concat", "elem")


def rule_text(statements: list[Any], comment: str = "") -> str:
    """Return the statements of a rule as one line, as close to ``nft list ruleset`` as it matters.

    Counters are left out, since they change without the rule.
    """
    parts = [statement_text(statement) for statement in statements]
    if comment:
        parts.append(f'comment "{comment}"')
    return " ".join(part for part in parts if part)


def statement_text(statement: Any) -> str:  # noqa: C901, PLR0911 (one return for each form)
    """Return one statement as text; as JSON where it has a form that is not known here."""
    if not isinstance(statement, dict) or len(statement) != 1:
        return _json(statement)
    ((word, value),) = statement.items()
    match word:
        case "counter":
            return ""
        case "match" if isinstance(value, dict):
            looked_at = expression_text(value.get("left"))
            # Of flags, "==" is all of them, and nothing before the value is any of them.
            implied = {"in"} if "flags" in looked_at else {"==", "in"}
            sign = "" if value.get("op") in implied else f"{value.get('op')} "
            return f"{looked_at} {sign}{_value(value.get('right'))}"
        case "vmap" if isinstance(value, dict):
            return f"{expression_text(value.get('key'))} vmap {_value(value.get('data'))}"
        case "jump" | "goto" if isinstance(value, dict):
            return f"{word} {value.get('target')}"
        case "log" if isinstance(value, dict) and isinstance(value.get("prefix"), str):
            return f'log prefix "{value["prefix"]}"'
        case "limit" if isinstance(value, dict) and not value.get("inv"):
            return f"limit rate {value.get('rate')}/{value.get('per')}"
        case "reject" if isinstance(value, dict):
            return f"reject with {' '.join(_value(each) for each in value.values())}"
        case "mangle" if isinstance(value, dict):
            return f"{expression_text(value.get('key'))} set {_value(value.get('value'))}"
        case "xt" if isinstance(value, dict):
            return f"xt {value.get('type')} {value.get('name')}"
    return str(word) if value is None else f"{word} {_value(value)}"


def expression_text(expression: Any) -> str:
    """Return what a statement looks at (``ip saddr``, ``ct state``) as text."""
    if not isinstance(expression, dict) or len(expression) != 1:
        return _value(expression)
    ((word, value),) = expression.items()
    if word == "payload" and isinstance(value, dict) and "protocol" in value:
        return f"{value.get('protocol')} {value.get('field')}"
    if word in {"meta", "ct"}:
        key = value.get("key") if isinstance(value, dict) else value
        return str(key) if word == "meta" and key in _BARE_META else f"{word} {key}"
    if word in {"&", "|", "^"} and isinstance(value, list):
        return f" {word} ".join(expression_text(each) for each in value)
    return _value(expression) if word in _VALUES else _json(expression)


def _value(value: Any) -> str:  # noqa: PLR0911 (one return for each form)
    match value:
        case str():
            return value
        case bool() | int() | float() | None:
            return str(value).lower()
        case list():
            return ",".join(_value(each) for each in value)
        case {"prefix": {"addr": address, "len": length}}:
            return f"{address}/{length}"
        case {"range": [first, last]}:
            return f"{_value(first)}-{_value(last)}"
        case {"set": list() as items}:
            return f"{{ {', '.join(_element(item) for item in items)} }}"
        case {"concat": list() as parts}:
            return " . ".join(expression_text(part) for part in parts)
        case {"elem": {"val": element}}:
            return _value(element)
        case {"|": _} | {"&": _} | {"meta": _} | {"ct": _} | {"payload": _}:
            return expression_text(value)
        case _:
            return _json(value)


def _element(item: Any) -> str:
    """Return an element of a set; of a map, with what it maps to."""
    if isinstance(item, list) and len(item) == 2:
        return f"{_value(item[0])} : {statement_text(item[1])}"
    return _value(item)


def _json(value: Any) -> str:
    return canonical_json(value).decode(errors="replace")
