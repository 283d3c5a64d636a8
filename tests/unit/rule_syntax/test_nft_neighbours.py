"""What only finds IPv6 neighbours reaches no service; whatever is wider does."""

import pytest

from ringfence.model.rules import Chain
from ringfence.sources.rule_syntax import nft_listing

NEIGHBOURS = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }"


def chain(rule: str, hook: str = "input") -> Chain:
    """The only chain of a table with one rule."""
    text = (
        f"table inet t {{\n  chain c {{\n    type filter hook {hook} priority 0; policy drop;\n"
        f"    {rule}\n  }}\n}}\n"
    )
    (found,) = nft_listing.SYNTAX.read(text, "listing").chains
    return found


@pytest.mark.parametrize(
    "rule",
    [
        f"ip6 hoplimit 255 {NEIGHBOURS} accept",
        "icmpv6 type nd-neighbor-advert ip6 hoplimit 255 counter accept",
        f'iifname "a" ip6 hoplimit 255 {NEIGHBOURS} log prefix "x" accept',
        "ip6 hoplimit 255 icmpv6 type { 135, 136 } accept",
    ],
)
def test_neighbour_discovery_of_the_link_is_taken_for_what_arp_is(rule: str) -> None:
    (read,) = chain(rule).rules
    assert (read.action, read.conditions) == ("continue", ())
    assert "accept" in read.text


@pytest.mark.parametrize(
    ("rule", "hook"),
    [
        (f"ip6 hoplimit 255 {NEIGHBOURS} accept", "forward"),
        (f"ip6 hoplimit 255 {NEIGHBOURS} accept", "prerouting"),
        (f"{NEIGHBOURS} accept", "input"),
        ("ip6 hoplimit 255 accept", "input"),
        (f"ip6 hoplimit 254 {NEIGHBOURS} accept", "input"),
        (f"ip6 hoplimit != 255 {NEIGHBOURS} accept", "input"),
        (f"ip6 hoplimit > 1 {NEIGHBOURS} accept", "input"),
        ("ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, echo-request } accept", "input"),
        ("ip6 hoplimit 255 icmpv6 type != nd-neighbor-solicit accept", "input"),
        ("ip6 hoplimit 255 icmpv6 type { nd-router-advert } accept", "input"),
    ],
)
def test_whatever_is_wider_may_let_something_in(rule: str, hook: str) -> None:
    assert any(one.action == "accept" for one in chain(rule, hook).rules)
