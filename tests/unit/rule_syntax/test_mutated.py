"""Saved configurations with a few lines, words or characters changed: read, or refused by name."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from real_rules.more_rulesets import IPSETS
from ringfence.foundation.errors import SourceError
from ringfence.sources.rule_syntax import asa, ipsets, nft_listing, pf_config
from ringfence.sources.rule_syntax.syntax import RuleSyntax

SAVED = Path(__file__).parents[2] / "support" / "saved"
WORDS = ("", "any", "host", "0", "-1", "99999", "::1", "10.0.0.0/33", "{", "}", "eq", '"', "²")
CHARACTERS = '<>{}"/:;,!²٣\x00\t '
LISTING = """\
table inet edge {
    set hosts {
        type ipv4_addr
        flags interval
        elements = { 10.0.1.10, 10.8.0.0/16,
                 10.9.0.1-10.9.0.9 }
    }

    map services {
        type ipv4_addr . inet_service : verdict
        elements = { 10.0.2.10 . 443 : accept, 10.0.2.11 . 80 : drop }
    }

    chain forward {
        type filter hook forward priority filter + 5; policy drop;
        ct state vmap { invalid : drop, established : accept, related : accept }
        ip daddr . tcp dport vmap @services
        iifname "eth0" tcp flags & (fin | syn | rst | ack) == syn limit rate 10/minute accept
        ip saddr @hosts udp dport { 53, 1024-65535 } counter packets 0 bytes 0 accept comment "x"
        add @flood { ip saddr limit rate over 10/second } drop
    }

    chain post {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "eth1" meta l4proto tcp masquerade to :1024-65535 random
    }
}
"""
CASES = (
    (asa.SYNTAX, (SAVED / "asa-edge.cfg").read_text()),
    (pf_config.SYNTAX, (SAVED / "pfsense.xml").read_text()),
    (pf_config.SYNTAX, (SAVED / "opnsense.xml").read_text()),
    (nft_listing.SYNTAX, LISTING),
    (ipsets.SYNTAX, IPSETS),
)


def without_a_line(text: str, chance: Random) -> str:
    lines = text.split("\n")
    del lines[chance.randrange(len(lines))]
    return "\n".join(lines)


def with_a_line_twice(text: str, chance: Random) -> str:
    lines = text.split("\n")
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return "\n".join(lines)


def with_another_word(text: str, chance: Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    words = lines[at].split(" ")
    words[chance.randrange(len(words))] = chance.choice(WORDS)
    lines[at] = " ".join(words)
    return "\n".join(lines)


def with_another_character(text: str, chance: Random) -> str:
    at = chance.randrange(len(text))
    return f"{text[:at]}{chance.choice(CHARACTERS)}{text[at + 1 :]}"


def with_a_line_cut(text: str, chance: Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    words = lines[at].split(" ")
    lines[at] = " ".join(words[: chance.randrange(len(words) + 1)])
    return "\n".join(lines)


CHANGES: tuple[Callable[[str, Random], str], ...] = (
    without_a_line,
    with_a_line_twice,
    with_another_word,
    with_another_character,
    with_a_line_cut,
)


@pytest.mark.parametrize(("syntax", "text"), CASES, ids=lambda one: getattr(one, "name", ""))
def test_a_changed_configuration(syntax: RuleSyntax, text: str) -> None:
    outcomes = set()
    for seed in range(120):
        chance = Random(seed)
        changed = text
        for _ in range(chance.randint(1, 3)):
            changed = chance.choice(CHANGES)(changed, chance)
        syntax.recognises(changed)
        outcomes.add(read(syntax, changed))
    assert outcomes == {"read", "refused"}


def read(syntax: RuleSyntax, text: str) -> str:
    reading, refusal = None, ""
    try:
        reading = syntax.read(text, "file")
    except SourceError as error:
        refusal = str(error)
    if reading is None:
        assert refusal.startswith("file")
        return "refused"
    file = reading.file
    assert file is not None
    told = len(file.bounded) + len(file.not_understood)
    assert file.lines == file.modelled + file.irrelevant + told
    assert file.modelled >= 0
    return "read"


def test_asa_object_without_a_name_is_no_traceback() -> None:
    text = (
        (SAVED / "asa-edge.cfg")
        .read_text()
        .replace("object network WEB-ONE\n nat", "object network\n nat")
    )
    assert asa.SYNTAX.read(text, "asa").chains
