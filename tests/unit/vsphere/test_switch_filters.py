"""Filters of distributed ports become ordered rules; what is not understood is unmodelled."""

from ringfence.model.rules import (
    AddressMatch,
    FamilyMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)
from ringfence.sources.vsphere.switch_filters import filters
from vsphere_objects import plain


def policy(rules, agent="dvfilter-generic-vmware", enabled="true"):
    return plain(
        '<s><filterPolicy><filterConfig xsi:type="DvsTrafficFilterConfig">'
        f"<agentName>{agent}</agentName><trafficRuleset><enabled>{enabled}</enabled>{rules}"
        "</trafficRuleset></filterConfig></filterPolicy></s>"
    )


def rule(sequence, qualifier, action="DvsDropNetworkRuleAction", direction="both"):
    return (
        f"<rules><key>{sequence}</key><description>rule {sequence}</description>"
        f"<sequence>{sequence}</sequence>{qualifier}"
        f'<action xsi:type="{action}"/><direction>{direction}</direction></rules>'
    )


IP = '<qualifier xsi:type="DvsIpNetworkRuleQualifier">{}</qualifier>'


def test_rules_in_order_of_sequence_with_every_part_of_a_qualifier():
    full = IP.format(
        '<sourceAddress xsi:type="SingleIp"><negate>true</negate><address>10.1.1.1</address>'
        '</sourceAddress><destinationAddress xsi:type="IpRange"><addressPrefix>10.2.0.0'
        "</addressPrefix><prefixLength>16</prefixLength></destinationAddress><protocol>"
        '<value>6</value></protocol><sourceIpPort xsi:type="DvsIpPortRange"><startPortNumber>1'
        "</startPortNumber><endPortNumber>9</endPortNumber></sourceIpPort>"
        '<destinationIpPort xsi:type="DvsSingleIpPort"><portNumber>443</portNumber>'
        "</destinationIpPort><tcpFlags><value>2</value></tcpFlags>"
    )
    accept = rule(5, full, "DvsAcceptNetworkRuleAction", "incomingPackets")
    first, second = filters(policy(rule(20, "") + accept))
    assert (first.number, first.action, first.direction) == (1, "accept", "in")
    assert first.conditions == (
        AddressMatch(side="source", ranges=("10.1.1.1",), negated=True),
        AddressMatch(side="destination", ranges=("10.2.0.0/16",)),
        ProtocolMatch(protocols=(6,)),
        PortMatch(side="source", ranges=(NumberRange(first=1, last=9),)),
        PortMatch(side="destination", ranges=(NumberRange(first=443, last=443),)),
        ProtocolMatch(protocols=(6,)),
        TcpFlagsMatch(mask=2, value=2),
    )
    assert (second.number, second.text, second.action, second.conditions) == (
        2,
        "rule 20",
        "drop",
        (),
    )


def test_what_is_not_part_of_a_header_is_not_modelled():
    mac = '<qualifier xsi:type="DvsMacNetworkRuleQualifier"><vlanId>5</vlanId></qualifier>'
    odd = IP.format('<sourceAddress xsi:type="New"/><destinationIpPort xsi:type="New"/>')
    first, second = filters(policy(rule(1, mac) + rule(2, odd, "DvsPuntNetworkRuleAction")))
    assert first.conditions == (UnmodelledMatch(text="DvsMacNetworkRuleQualifier"),)
    assert [type(condition) for condition in second.conditions] == [UnmodelledMatch] * 2
    assert second.action == "unmodelled"


def test_a_ruleset_that_is_switched_off_filters_nothing():
    assert filters(policy(rule(1, ""), enabled="false")) == ()
    assert filters(plain("<s/>")) == ()


def test_frames_handed_to_a_third_party_are_not_modelled():
    (only,) = filters(policy("", agent="vendor-agent"))
    assert only.action == "unmodelled"
    assert "vendor-agent" in only.text


def test_what_an_ipv6_extension_header_may_hide_is_open():
    four, six = filters(policy(rule(1, IP.format("<protocol><value>17</value></protocol>"))))
    udp = ProtocolMatch(protocols=(17,))
    assert four.conditions == (FamilyMatch(family=4), udp)
    assert six.conditions[:2] == (FamilyMatch(family=6), udp)
    assert isinstance(six.conditions[2], UnmodelledMatch)
    source = '<sourceAddress xsi:type="SingleIp"><address>{}</address></sourceAddress>'
    for address, open_ in (("10.1.1.1", False), ("fd00::1", True)):
        text = f"{source.format(address)}<protocol><value>17</value></protocol>"
        (only,) = filters(policy(rule(1, IP.format(text))))
        assert isinstance(only.conditions[-1], UnmodelledMatch) is open_


def test_a_qualifier_without_any_part_matches_ip_and_no_other_frame():
    (only,) = filters(policy(rule(1, IP.format(""))))
    assert only.conditions == (ProtocolMatch(protocols=(), negated=True),)
