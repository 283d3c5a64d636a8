"""Services are read from what a policy writes, and written the same way."""

import pytest

from ringfence.foundation.errors import PolicyError
from ringfence.model.rules import NumberRange
from ringfence.policy.services import ServiceTerm, service_term, service_terms


def ranges(*pairs):
    return tuple(NumberRange(first, last) for first, last in pairs)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("any", ServiceTerm(None)),
        ("tcp", ServiceTerm(6)),
        ("tcp/443", ServiceTerm(6, ports=ranges((443, 443)))),
        ("tcp/1024-65535", ServiceTerm(6, ports=ranges((1024, 65535)))),
        ("udp/53,123", ServiceTerm(17, ports=ranges((53, 53), (123, 123)))),
        ("sctp/0", ServiceTerm(132, ports=ranges((0, 0)))),
        ("icmp", ServiceTerm(1)),
        ("icmp/8", ServiceTerm(1, icmp_types=ranges((8, 8)))),
        ("icmpv6/128-129", ServiceTerm(58, icmp_types=ranges((128, 129)))),
        ("icmp/3/4", ServiceTerm(1, icmp_types=ranges((3, 3)), icmp_codes=ranges((4, 4)))),
        ("esp", ServiceTerm(50)),
        ("47", ServiceTerm(47)),
        ("253", ServiceTerm(253)),
        ("6/22", ServiceTerm(6, ports=ranges((22, 22)))),
    ],
)
def test_what_is_written(text, term):
    assert service_term(text) == term
    assert service_term(str(term)) == term


def test_white_space_and_order_do_not_matter():
    assert str(service_term(" udp/123, 53 ")) == "udp/53,123"
    assert str(ServiceTerm(47)) == "gre"


def test_family():
    families = [service_term(text).family for text in ("any", "tcp/1", "icmp", "icmpv6/1")]
    assert families == [None, None, 4, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tpc/443", 'did you mean "tcp"'),
        ("http", "is neither a declared service nor a protocol"),
        ("256", "is neither a declared service nor a protocol"),
        ("", "is neither"),
        ("tcp/", 'has "" where a port from 0 to 65535 is expected'),
        ("tcp/http", 'has "http" where a port from 0 to 65535 is expected'),
        ("tcp/-1", 'has "-1" where a port'),
        ("tcp/70000", "has the port 70000, the highest is 65535"),
        ("tcp/90-80", "has the range 90-80 the wrong way round"),
        ("icmp/256", "has the ICMP type 256, the highest is 255"),
        ("esp/50", 'has more after "esp" than that protocol has; write "esp"'),
        ("tcp/80/443", 'has more after "tcp"'),
        ("icmp/8/0/1", 'has more after "icmp"'),
        ("any/1", "is neither"),
        ("tcp/٣", "where a port"),
    ],
)
def test_what_cannot_be_read(text, message):
    with pytest.raises(PolicyError) as refused:
        service_term(text)
    assert message in str(refused.value)


def test_names_of_declared_services_stand_for_their_terms():
    declared = {"web": ("tcp/80", "tcp/443"), "all-web": ("tcp/443",)}
    terms = service_terms(declared, ["web", "all-web", "icmp", "any"])
    assert list(map(str, terms)) == ["any", "icmp", "tcp/80", "tcp/443"]
