"""The shipped base policies load under a policy that says the rest."""

import pytest

from ringfence.policy.load import load_policy, shipped_bases

REST = """\
ringfence: 1
name: mine
extends: {extends}
configuration: full-collapse
zones:
  outside: {{trust: 0, external: true, attached: ["edge:wan"]}}
  dmz: {{trust: 20, networks: [DMZ]}}
  application: {{trust: 50, networks: [APP]}}
  cardholder: {{trust: 90, networks: [CDE]}}
devices:
  edge: {{physical: true, interfaces: {{wan: {{zone: outside}}}}}}
"""


def test_what_is_shipped():
    assert list(shipped_bases()) == [
        "dmz-in-a-box",
        "full-collapse",
        "pci-dss-4",
        "physical-separation",
        "virtual-separation",
    ]


@pytest.mark.parametrize("name", shipped_bases())
def test_each_base_loads_under_a_policy(tmp_path, name):
    file = tmp_path / "policy.yaml"
    file.write_text(REST.format(extends=name))
    loaded = load_policy(file)
    assert loaded.warnings == ()
    assert loaded.files[1] == shipped_bases()[name]


def test_several_bases_the_later_wins(tmp_path):
    file = tmp_path / "policy.yaml"
    text = REST.format(extends="[dmz-in-a-box, pci-dss-4, virtual-separation]")
    file.write_text(text.replace("configuration: full-collapse\n", ""))
    policy = load_policy(file).policy
    assert policy.configuration == "virtual-separation"
    assert policy.zones["cardholder"].sensitive
    assert policy.zones["migration"].role == "migration"
    assert policy.duties.four_eyes.zones == ("cardholder",)
    assert policy.standards.nics.one_zone_per_nic == ("cardholder",)
