"""Sets of addresses and ports that rules of iptables name; a set that changes is never exact."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from read_back import Agreement, read
from ringfence.foundation.errors import SourceError
from ringfence.model.packet import Header
from ringfence.model.rules import AddressMatch, Condition, UnmodelledMatch
from ringfence.sources.rule_syntax.ipsets import SYNTAX
from ringfence.sources.rule_syntax.iptables import SYNTAX as IPTABLES

OPTIONS = "family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x0dff7005"
SAVED = f"""\
create servers hash:ip {OPTIONS}
add servers 10.0.2.10
add servers 10.0.2.12
create networks hash:net {OPTIONS} comment counters
add networks 10.0.1.0/24 packets 0 bytes 0 comment "the \\"lab\\""
add networks 10.0.1.128/25 nomatch packets 0 bytes 0
add networks 10.0.1.200 packets 7 bytes 99
create services hash:ip,port {OPTIONS}
add services 10.0.2.10,tcp:80
add services 10.0.2.12,tcp:80
add services 10.0.2.10,udp:53
add services 10.0.2.11,icmp:echo-request
add services 10.0.2.13,gre:0
create ports bitmap:port range 0-1024
add ports 22
add ports 443
create masked hash:ip {OPTIONS} netmask 28
add masked 10.0.2.16
create ways hash:net,iface {OPTIONS}
add ways 10.0.1.0/24,eth0
create nothing hash:ip {OPTIONS}
create six hash:net family inet6 hashsize 1024 maxelem 65536
add six fd00::/8
create both list:set size 8
add both servers
add both networks
create leases hash:ip {OPTIONS} timeout 300
add leases 10.0.2.99 timeout 12
create cards hash:mac hashsize 1024 maxelem 65536
add cards 02:00:00:00:00:01
"""


def rules(*options: str) -> str:
    lines = "".join(f"-A FORWARD {one} -j ACCEPT\n" for one in options)
    return f"*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n{lines}COMMIT\n"


def conditions(options: str) -> list[tuple[Condition, ...]]:
    assert IPTABLES.read_with is not None
    found = IPTABLES.read_with(rules(options), "rules", SYNTAX.read(SAVED, "sets").sets)
    forward = next(chain for chain in found.chains if chain.hook == "forward")
    return [rule.conditions for rule in forward.rules]


def test_lines_are_counted_and_an_entry_that_is_not_read_opens_its_set() -> None:
    found = SYNTAX.read(SAVED, "sets")
    assert found.file is not None
    told = [(one.line, one.why) for one in found.file.bounded]
    assert [why for _, why in told] == [
        "entries of the set come and go",
        "entries of the set come and go",
        "sets of hash:mac are not read",
        "sets of hash:mac are not read",
    ]
    assert found.file.modelled + len(told) == found.file.lines == len(SAVED.splitlines())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            "-m set --match-set servers dst",
            (AddressMatch(side="destination", ranges=("10.0.2.10", "10.0.2.12")),),
        ),
        (
            "-m set ! --match-set servers src",
            (AddressMatch(side="source", ranges=("10.0.2.10", "10.0.2.12"), negated=True),),
        ),
        (
            "-m set --match-set networks src",
            (AddressMatch(side="source", ranges=("10.0.1.0-10.0.1.127", "10.0.1.200-10.0.1.200")),),
        ),
        (
            "-m set --match-set masked dst",
            (AddressMatch(side="destination", ranges=("10.0.2.16/28",)),),
        ),
        ("-m set ! --match-set nothing src", ()),
        ("-m set ! --match-set six src", ()),
    ],
)
def test_a_set_becomes_a_condition(options: str, expected: tuple[Condition, ...]) -> None:
    assert conditions(options) == [expected]


@pytest.mark.parametrize(
    "options",
    [
        "-m set --match-set nothing src",
        "-m set --match-set six src",
        # It compares two fields, and is asked about one.
        "-m set --match-set services dst",
    ],
)
def test_what_no_packet_is_in_matches_none(options: str) -> None:
    assert conditions(options) == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("-m set --match-set unheard-of src", "was not given"),
        ("-m set --match-set leases src", "come and go"),
        ("-m set --match-set cards src", "hash:mac"),
        ("-m set --match-set servers src --packets-gt 5", "alone is read"),
        ("-m set ! --match-set services dst,dst", "opposite"),
        ("-m set --match-set servers sideways", "flags"),
    ],
)
def test_what_is_not_known_is_open(options: str, why: str) -> None:
    ((found,),) = conditions(options)
    assert isinstance(found, UnmodelledMatch)
    assert why in found.text


def test_a_set_that_rules_change_is_open(tmp_path: Path) -> None:
    changing = "-m set --match-set servers src -j SET --add-set servers dst\n-A FORWARD"
    device = read(tmp_path, sets=SAVED, rules=rules("-m set --match-set servers src", changing))
    (file,) = [one for one in device.files if one.name == "rules"]
    assert [(one.line, "packets change the set servers" in one.why) for one in file.bounded] == [
        (4, True)
    ]


def test_a_set_is_open_that_rules_change_through_a_list(tmp_path: Path) -> None:
    changing = "-j SET --add-set both dst\n-A FORWARD"
    device = read(tmp_path, sets=SAVED, rules=rules("-m set --match-set servers src", changing))
    (file,) = [one for one in device.files if one.name == "rules"]
    assert [one.line for one in file.bounded] == [4]


def test_a_set_is_open_that_the_rules_of_another_file_change(tmp_path: Path) -> None:
    changing = rules("-p tcp -j SET --add-set ports dst\n-A FORWARD")
    device = read(
        tmp_path,
        sets=SAVED,
        rules=rules("-m set --match-set ports dst"),
        ip6tables=f"# Generated by ip6tables-save v1.8.9 on Sun Jan 1\n{changing}",
    )
    (file,) = [one for one in device.files if one.name == "rules"]
    assert [one.line for one in file.bounded] == [4]


@pytest.mark.parametrize("kind", ["net,port", "net,iface", "ip,port,net"])
def test_exceptions_of_several_fields_leave_their_set_open(kind: str) -> None:
    entry = {"net,port": "10.0.1.0/24,tcp:80", "net,iface": "10.0.1.0/24,eth0"}.get(
        kind, "10.0.1.1,tcp:80,10.0.1.0/24"
    )
    saved = f"create a hash:{kind} {OPTIONS}\nadd a {entry}\nadd a {entry} nomatch\n"
    found = SYNTAX.read(saved, "sets")
    assert "exceptions" in found.sets["a"].open
    assert found.file is not None
    assert [one.line for one in found.file.bounded] == [3]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("create a hash:ip family inet\nadd b 10.0.0.1\n", "line 2: found 'add b 10.0.0.1'"),
        ("create a hash:ip family inet\ncreate a hash:ip\n", "line 2"),
        ("create a list:set size 8\nadd a a\n", "line 2"),
        ('create a hash:ip comment\nadd a 10.0.0.1 comment "b\n', "closing quotation"),
        ("create a hash:ip family inet\nswap a b\n", "line 2"),
    ],
)
def test_damage_is_named(text: str, told: str) -> None:
    with pytest.raises(SourceError) as refused:
        SYNTAX.read(text, "sets")
    assert told in str(refused.value)


def packets() -> Iterator[Header]:
    for source in ("10.0.1.5", "10.0.1.130", "10.0.1.200", "10.0.9.1"):
        for last in (10, 11, 12, 13, 16, 31, 32):
            between = {"source": source, "destination": f"10.0.2.{last}"}
            for port in (22, 53, 80, 443):
                for protocol, flags in ((6, 2), (17, None)):
                    yield Header(
                        protocol=protocol,
                        source_port=1024,
                        destination_port=port,
                        tcp_flags=flags,
                        **between,
                    )
            yield Header(protocol=1, icmp_type=8, icmp_code=0, **between)
            yield Header(protocol=47, **between)


@pytest.mark.parametrize(
    "options",
    [
        "-m set --match-set services dst,dst",
        "-m set --match-set networks src -m set --match-set ports dst",
        "-m set --match-set both dst",
        "-m set --match-set ways src,src",
        "-m set ! --match-set networks src -m set --match-set masked dst",
    ],
)
def test_engine_and_interpreter_agree_on_sets(tmp_path: Path, options: str) -> None:
    addresses = (
        '[{"ifname":"eth0","flags":["UP"],"addr_info":[{"local":"10.0.1.1","prefixlen":24}]},'
        '{"ifname":"eth1","flags":["UP"],"addr_info":[{"local":"10.0.2.1","prefixlen":24}]}]'
    )
    routes = (
        '[{"dst":"10.0.1.0/24","dev":"eth0"},{"dst":"10.0.2.0/24","dev":"eth1"},'
        '{"dst":"default","dev":"eth0"}]'
    )
    device = read(tmp_path, sets=SAVED, rules=rules(options), addr=addresses, route=routes)
    agreement = Agreement(device)
    few = tuple(packets())
    assert agreement.hold((*few, *agreement.corners()))
    assert all(len(set(agreement.arrives("eth0", "eth1", one))) == 1 for one in few)
