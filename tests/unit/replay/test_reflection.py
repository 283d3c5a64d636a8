"""A physical switch does not send a frame back by the cable that it came by."""

import pytest

from ringfence.model.network import NoVlan
from small_networks import switch
from switched_networks import SITE, one_host, reached


@pytest.mark.xfail(
    strict=True,
    reason="a domain is one medium, whatever cable leads there: too much is surely delivered",
)
def test_the_native_vlan_does_not_lead_back_to_the_host_that_tagged_a_frame() -> None:
    # One machine's frames leave with the tag of the native VLAN, the other's without any.
    snapshot = one_host(1, NoVlan(), switches=(switch("h1", nics=(0,)),))
    assert reached(snapshot, domains=(SITE,)) == set()


def test_it_may_in_the_upper_bound() -> None:
    snapshot = one_host(1, NoVlan(), switches=(switch("h1", nics=(0,)),))
    assert reached(snapshot, domains=(SITE,), bound="upper") == {"b/0"}
