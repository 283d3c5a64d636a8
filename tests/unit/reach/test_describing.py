"""Services of a set in words."""

from ringfence.reach.describing import services
from ringfence.reach.fields import Cuts, Field
from ringfence.reach.headers import HeaderSpace


def test_a_protocol_but_for_a_port_is_named_by_the_port() -> None:
    cuts = Cuts()
    cuts.add(Field.PROTOCOL, (6, 6))
    cuts.add(Field.DESTINATION_PORT, (80, 80))
    space = HeaderSpace(cuts)
    tcp = space.interval(Field.PROTOCOL, (6, 6))
    others = space.complement(space.interval(Field.DESTINATION_PORT, (80, 80)))
    assert services(space, tcp & others) == ("tcp except 80",)
