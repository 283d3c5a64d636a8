"""A rule in nftables' own notation, as the statements that ``nft -j`` gives for it.

A phrase in no known form becomes a statement that nobody knows, so that the rule is told as not
understood instead of being guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ringfence.sources.rule_syntax.nft_tokens import PhraseError, Words
from ringfence.sources.rule_syntax.nft_values import (
    OPERATORS,
    begins_expression,
    elements,
    expression,
    plain_value,
    right_side,
    value,
)

_UNKNOWN: Final = "not known"
_VERDICTS: Final = frozenset(("accept", "drop", "continue", "return"))
_TRANSLATIONS: Final = frozenset(("dnat", "snat", "masquerade", "redirect"))
_CHOOSING: Final = frozenset(("random", "fully-random", "persistent"))
_LOG_OPTIONS: Final = frozenset(("prefix", "level", "group", "snaplen", "queue-threshold"))
_FLAG_FIELDS: Final = ({"payload": {"protocol": "tcp", "field": "flags"}}, {"ct": {"key": "state"}})


def statements(words: Words, family: str) -> tuple[list[Any], str]:
    """Return the statements of a rule in a table of a family, and its comment."""
    found: list[Any] = []
    comment = ""
    while words.more:
        start = words.place
        try:
            if words.taken("comment"):
                comment = words.take().text
            else:
                found.append(_statement(words, family))
        except PhraseError:
            words.place = start
            found.append({_UNKNOWN: words.rest()})
    return found, comment


def _statement(words: Words, family: str) -> Any:  # noqa: PLR0911 (one return for each form)
    word = words.word
    if word in _VERDICTS:
        words.take()
        return {word: None}
    if word in {"jump", "goto"}:
        words.take()
        return {word: {"target": words.take().text}}
    if word == "reject":
        words.take()
        return {"reject": _reject(words, family)}
    if word in _TRANSLATIONS:
        words.take()
        return {word: _translation(words)}
    if word in _READERS:
        words.take()
        return _READERS[word](words)
    if word == "ct" and words.after(1) == "count":
        words.expect("ct", "count")
        return {"ct count": {"inv": words.taken("over"), "val": value(words)}}
    if word in {"add", "update", "delete"} and words.after(1).startswith("@"):
        return _update(words)
    if begins_expression(words):
        return _match(words)
    raise PhraseError


def _match(words: Words) -> Any:
    left = expression(words)
    if words.taken("set"):
        return _set(words, left)
    if words.taken("vmap"):
        if words.taken("{"):
            return {"vmap": {"key": left, "data": {"set": elements(words)}}}
        return {"vmap": {"key": left, "data": words.take().text}}
    operator = words.take().text if words.word in OPERATORS else ""
    right = right_side(words)
    if words.taken("/"):
        # "syn / syn,ack": of the second, exactly the first are set.
        mask = right_side(words)
        left, operator = {"&": [left, mask]}, operator or "=="
    if not operator:
        alone = isinstance(right, (str, int, list)) and not (
            isinstance(right, str) and right.startswith("@")
        )
        operator = "in" if left in _FLAG_FIELDS and alone else "=="
    return {"match": {"op": operator, "left": left, "right": right}}


def _set(words: Words, left: Any) -> Any:
    if left == {"ct": {"key": "helper"}}:
        return {"ct helper": value(words)}
    new = expression(words) if begins_expression(words) else value(words)
    while words.word in {"&", "|", "^"}:
        operator = words.take().text
        other = expression(words) if begins_expression(words) else value(words)
        new = {operator: [new, other]}
    return {"mangle": {"key": left, "value": new}}


def _reject(words: Words, family: str) -> Any:
    if not words.taken("with"):
        # What is left out is the default: of both families where a table has both.
        kind = {"ip": "icmp", "ip6": "icmpv6"}.get(family, "icmpx")
        return {"type": kind, "expr": "port-unreachable"}
    if words.taken("tcp", "reset"):
        return {"type": "tcp reset"}
    kind = words.take().text
    words.taken("type")
    return {"type": kind, "expr": value(words)}


def _translation(words: Words) -> Any:
    found: dict[str, Any] = {}
    if words.word in {"ip", "ip6"}:
        found["family"] = words.take().text
    if words.taken("to"):
        _target(words, found)
    flags = []
    while words.word in _CHOOSING or words.word == ",":
        flags.append(words.take().text)
    if flags:
        found["flags"] = [flag for flag in flags if flag != ","]
    return found or None


def _target(words: Words, found: dict[str, Any]) -> None:
    """Take ``10.0.0.1:80``, ``[fd00::1]:80``, ``10.0.0.1-10.0.0.9`` or ``:80``."""
    token = words.take()
    address, ports = token.text, ""
    if address.startswith("["):
        address, _, ports = address[1:].partition("]")
        ports = ports.removeprefix(":")
    elif address.count(":") == 1:
        address, _, ports = address.partition(":")
    if words.word in {"map", ".", "{"} or token.quoted:
        raise PhraseError
    if address:
        found["addr"] = plain_value(type(token)(address, token.line))
    if ports:
        found["port"] = plain_value(type(token)(ports, token.line))


def _update(words: Words) -> Any:
    operation, name = words.take().text, words.take().text
    words.expect("{")
    inside, depth = [], 1
    while depth:
        token = words.take()
        depth += (token.text == "{") - (token.text == "}") if not token.quoted else 0
        inside.append(token.text)
    return {"set": {"op": operation, "elem": " ".join(inside[:-1]), "set": name}}


def _counter(words: Words) -> Any:
    if words.taken("packets"):
        words.take()
        words.expect("bytes")
        words.take()
    elif words.taken("name"):
        words.take()
    return {"counter": None}


def _log(words: Words) -> Any:
    found: dict[str, Any] = {}
    while words.word in _LOG_OPTIONS or words.word == "flags":
        option = words.take().text
        if option == "flags" and words.word in {"tcp", "ip"}:
            words.take()
        found[option] = value(words)
        while words.taken(","):
            words.take()
    return {"log": found or None}


def _limit(words: Words) -> Any:
    if words.taken("name"):
        return {"limit": words.take().text}
    words.expect("rate")
    over = words.taken("over")
    rate, _, per = words.take().text.partition("/")
    if not per and words.word in {"bytes", "kbytes", "mbytes"}:
        rate, per = f"{rate} {words.take().text}", ""
    if not per and words.word.startswith("/"):
        per = words.take().text[1:]
    found: dict[str, Any] = {"rate": int(rate) if rate.isdigit() else rate, "per": per}
    if over:
        found["inv"] = True
    if words.taken("burst"):
        found["burst"] = value(words)
        words.take()
    return {"limit": found}


def _quota(words: Words) -> Any:
    found: dict[str, Any] = {"inv": words.taken("over"), "val": value(words)}
    words.take()
    if words.taken("used"):
        words.take()
        words.take()
    return {"quota": found}


def _extension(words: Words) -> Any:
    kind = words.take().text
    return {"xt": {"type": kind, "name": words.take().text}}


def _nothing(word: str) -> Callable[[Words], Any]:
    return lambda _: {word: None}


def _rest(word: str) -> Callable[[Words], Any]:
    return lambda words: {word: words.rest()}


_READERS: Final[Mapping[str, Callable[[Words], Any]]] = {
    "counter": _counter,
    "log": _log,
    "limit": _limit,
    "quota": _quota,
    "xt": _extension,
    "notrack": _nothing("notrack"),
    "queue": _rest("queue"),
    "dup": _rest("dup"),
    "fwd": _rest("fwd"),
    "tproxy": _rest("tproxy"),
    "synproxy": _rest("synproxy"),
}
