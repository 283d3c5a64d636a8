"""What the policy lets a principal do."""

import pytest

from ringfence.policy.document import Policy
from ringfence.rights.duties import forbidden_pairs, is_administrator, is_declared
from ringfence.rights.principals import is_listed

POLICY = Policy.model_validate(
    {
        "ringfence": 1,
        "name": "harbour",
        "configuration": "full-collapse",
        "zones": {"dmz": {"trust": 20}, "cardholder": {"trust": 90}},
        "duties": {
            "roles": {
                "operators": {"may": ["place-machines"], "zones": ["dmz"]},
                "cardholder-operators": {"may": ["place-machines"], "zones": ["cardholder"]},
                "network": {"may": ["configure-networks"]},
            },
            "members": {
                "operators": ["CORP\\operators", "CORP\\all-operators"],
                "cardholder-operators": ["CORP\\all-operators"],
                "network": ["CORP\\net-*"],
            },
            "administrators": ["CORP\\vsphere-admins"],
            "break-glass": {"accounts": ["root", "administrator@vsphere.local"]},
        },
    }
)


@pytest.mark.parametrize(
    ("name", "capability", "zones", "declared"),
    [
        ("CORP\\operators", "place-machines", (), True),
        ("CORP\\operators", "place-machines", ("dmz",), True),
        ("CORP\\operators", "assign-networks", ("dmz",), True),
        ("CORP\\operators", "assign-networks", ("cardholder",), False),
        ("CORP\\all-operators", "assign-networks", ("cardholder", "dmz"), True),
        ("CORP\\operators", "configure-networks", (), False),
        ("net-core@corp", "configure-networks", ("cardholder",), True),
        ("CORP\\vsphere-admins", "change-permissions", (), True),
        ("VSPHERE.LOCAL\\Administrator", "administer", (), True),
        ("CORP\\root", "administer", (), False),
    ],
)
def test_duties_by_zone(name: str, capability: str, zones: tuple[str, ...], declared: bool) -> None:
    assert is_declared(POLICY, name, capability, zones) is declared


def test_administrators_are_those_of_the_policy() -> None:
    assert is_administrator(POLICY, "root")
    assert not is_administrator(POLICY, "CORP\\operators")


def test_forbidden_pairs_need_both_halves() -> None:
    assert forbidden_pairs(POLICY, {"configure-networks"}) == ()
    assert forbidden_pairs(POLICY, {"configure-networks", "assign-networks"}) == (
        ("configure-networks", "assign-networks"),
    )


def test_a_name_without_a_domain_is_no_pattern_for_one_with() -> None:
    assert not is_listed("CORP\\root", ("root",))
    assert is_listed("ROOT", ("root",))
