"""Values and expressions of nftables' own notation, in the form of ``nft -j``."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final

from ringfence.sources.rule_syntax.nft_tokens import PhraseError, Token, Words

_BARE_META: Final = frozenset(
    (
        "iif",
        "iifname",
        "iiftype",
        "iifgroup",
        "oif",
        "oifname",
        "oiftype",
        "oifgroup",
        "mark",
        "skuid",
        "skgid",
        "pkttype",
        "rtclassid",
        "cpu",
        "cgroup",
    )
)
_HEADERS: Final = frozenset(
    (
        "ether",
        "vlan",
        "arp",
        "ip",
        "ip6",
        "icmp",
        "icmpv6",
        "igmp",
        "tcp",
        "udp",
        "udplite",
        "sctp",
        "dccp",
        "th",
        "esp",
        "ah",
        "comp",
    )
)
_EXTENSIONS: Final = frozenset(("frag", "hbh", "dst", "mh", "rt"))
_CT: Final = frozenset(
    (
        "state",
        "status",
        "mark",
        "direction",
        "expiration",
        "helper",
        "label",
        "zone",
        "id",
        "secmark",
    )
)
_DIGITS: Final = re.compile(r"\d+|0x[0-9a-fA-F]+")
OPERATORS: Final = frozenset(("==", "!=", "<", ">", "<=", ">=", "!"))
_BITWISE: Final = frozenset("&|^")
_SHIFTS: Final = frozenset(("<<", ">>"))


def expression(words: Words) -> Any:
    """Take what a statement looks at, with a mask or a concatenation.

    Raises ``PhraseError`` where it is in no known form, and nothing is sure then.
    """
    found = _one(words)
    if words.word == ".":
        parts = [found]
        while words.taken("."):
            parts.append(_one(words))
        return {"concat": parts}
    while words.word in _BITWISE or words.word in _SHIFTS:
        operator = words.take().text
        found = {operator: [found, _operand(words)]}
    return found


def begins_expression(words: Words) -> bool:
    """Tell whether what follows is something to look at."""
    return (
        words.word in _BARE_META
        or words.word in _HEADERS
        or (words.word in {"meta", "ct", "fib", "exthdr"} | _EXTENSIONS)
    )


def _one(words: Words) -> Any:  # noqa: C901, PLR0911 (one return for each form)
    word = words.take()
    if word.quoted:
        raise PhraseError
    if word.text in _BARE_META:
        return {"meta": {"key": word.text}}
    match word.text:
        case "meta":
            return {"meta": {"key": words.take().text}}
        case "ct" if words.word in _CT:
            return {"ct": {"key": words.take().text}}
        case "tcp" if words.taken("option"):
            name = words.take().text
            if words.word in {"exists", "missing"}:
                return {"tcp option": {"name": name}}
            return {"tcp option": {"name": name, "field": words.take().text}}
        case "fib":
            return _fib(words)
        case "exthdr":
            return {"exthdr": {"name": words.take().text}}
        case _ if word.text in _EXTENSIONS:
            return {"exthdr": {"name": word.text, "field": words.take().text}}
        case _ if word.text in _HEADERS:
            return {"payload": {"protocol": word.text, "field": words.take().text}}
        case _:
            raise PhraseError


def _fib(words: Words) -> Any:
    flags = [words.take().text]
    while words.taken("."):
        flags.append(words.take().text)
    result = words.take().text
    if result not in {"type", "oif", "oifname", "check"}:
        raise PhraseError
    return {"fib": {"result": result, "flags": flags}}


def _operand(words: Words) -> Any:
    """Take what stands behind a bitwise operator: a value, or several in brackets."""
    if not words.taken("("):
        return value(words)
    parts = [value(words)]
    while words.taken("|"):
        parts.append(value(words))
    words.expect(")")
    return {"|": parts} if len(parts) > 1 else parts[0]


def right_side(words: Words) -> Any:
    """Take what a match compares with: a set, a named set, a list of words, or a value."""
    if words.taken("{"):
        return {"set": elements(words)}
    if words.word.startswith("@"):
        return words.take().text
    found = concatenated(words)
    if words.word == ",":
        parts = [found]
        while words.taken(","):
            parts.append(value(words))
        return parts
    if words.word == "|":
        parts = [found]
        while words.taken("|"):
            parts.append(value(words))
        return {"|": parts}
    return found


def concatenated(words: Words) -> Any:
    """Take a value, or several with dots between them."""
    parts = [value(words)]
    while words.taken("."):
        parts.append(value(words))
    return {"concat": parts} if len(parts) > 1 else parts[0]


def value(words: Words) -> Any:
    """Take a number, address, range, prefix, name or quoted text."""
    token = words.take()
    if not token.quoted and token.text in {"{", "}", "(", ")", ";", ",", "."}:
        raise PhraseError
    return plain_value(token)


def plain_value(token: Token) -> Any:
    """Return a token as ``nft -j`` has it."""
    text = token.text
    if token.quoted:
        return text
    if text in {"exists", "missing"}:
        return text == "exists"
    if _DIGITS.fullmatch(text):
        return int(text, 0) if text.startswith("0x") else int(text)
    first, dash, last = text.partition("-")
    if dash and _is_bound(first) and _is_bound(last):
        return {"range": [_bound(first), _bound(last)]}
    address, slash, length = text.partition("/")
    if slash and _is_address(address) and length.isascii() and length.isdigit():
        return {"prefix": {"addr": address, "len": int(length[:4])}}
    return text


def _is_bound(text: str) -> bool:
    return _DIGITS.fullmatch(text) is not None or _is_address(text)


def _bound(text: str) -> int | str:
    return int(text, 0) if text.startswith("0x") else int(text) if text.isdigit() else text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def elements(words: Words) -> list[Any]:
    """Take the elements of a set or map behind its opening brace, and the closing one."""
    found: list[Any] = []
    while not words.taken("}"):
        one = _element(words)
        if words.taken(":"):
            found.append([one, _mapped(words)])
        else:
            found.append(one)
        if not words.taken(",") and words.word != "}":
            raise PhraseError
    return found


def _element(words: Words) -> Any:
    """Take an element; what comes and goes, or holds for some packets only, is marked so."""
    found = "*" if words.taken("*") else concatenated(words)
    marked: dict[str, Any] = {}
    while words.more and words.word not in {",", "}", ":"}:
        if words.taken("counter"):
            if words.taken("packets"):
                words.take()
                words.expect("bytes")
                words.take()
        elif words.taken("comment"):
            words.take()
        else:
            marked[words.take().text or "?"] = True
    return {"elem": {"val": found, **marked}} if marked else found


def _mapped(words: Words) -> Any:
    match words.word:
        case "accept" | "drop" | "continue" | "return":
            return {words.take().text: None}
        case "jump" | "goto":
            return {words.take().text: {"target": words.take().text}}
        case _:
            return concatenated(words)
