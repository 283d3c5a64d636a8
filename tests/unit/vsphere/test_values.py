"""Elements become plain values, and what nobody reads is left out."""

import pytest

from ringfence.sources.vsphere.values import at, items, kind, number, text, texts, truth
from vsphere_objects import plain


def test_elements_become_dictionaries_lists_and_text():
    value = plain('<a xsi:type="vim:T"><b>1</b><c><d>x</d></c><b>2</b><b>3</b><e/></a>')
    assert value == {"@type": "T", "b": ["1", "2", "3"], "c": {"d": "x"}, "e": ""}
    assert at(value, "c.d") == "x"
    assert at(value, "c.d.e") is None
    assert kind(value) == "T"


def test_an_empty_element_keeps_its_type():
    assert plain('<a><action xsi:type="DvsDropNetworkRuleAction"/></a>') == {
        "action": {"@type": "DvsDropNetworkRuleAction"}
    }


def test_lists_are_lists_whatever_their_length():
    assert items(plain("<a><b>1</b></a>"), "b") == ["1"]
    assert items(plain("<a/>"), "b") == []
    assert items(plain('<v xsi:type="ArrayOfString"><string>1</string></v>')) == ["1"]
    assert items(plain('<v xsi:type="ArrayOfString"/>')) == []
    assert texts(plain("<a><b>1</b><b><c>no</c></b></a>"), "b") == ("1",)


def test_numbers_and_truth():
    value = plain("<a><n>12</n><t>true</t><f>0</f><x>maybe</x></a>")
    assert (number(value, "n"), number(value, "none")) == (12, None)
    assert (truth(value, "t"), truth(value, "f"), truth(value, "x")) == (True, False, None)
    with pytest.raises(ValueError, match="maybe"):
        number(value, "x")
    assert text(value, "none") == ""


def test_devices_that_carry_no_traffic_are_left_out_and_unknown_ones_kept():
    value = plain(
        '<v xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualDisk"><key>1</key>'
        '</VirtualDevice><VirtualDevice xsi:type="VirtualVmxnet9"><key>2</key></VirtualDevice></v>'
    )
    assert [text(device, "key") for device in items(value)] == ["2"]


def test_options_that_no_check_reads_are_left_out():
    entries = "".join(
        f"<OptionValue><key>{key}</key><value>1</value></OptionValue>"
        for key in ("Net.BlockGuestBPDU", "Other.key", "ethernet0.filter0.name", "ethernet0.x")
    )
    value = plain(f'<v xsi:type="ArrayOfOptionValue">{entries}</v>')
    assert [text(option, "key") for option in items(value)] == [
        "Net.BlockGuestBPDU",
        "ethernet0.filter0.name",
    ]


def test_something_else_called_option_is_kept():
    assert plain("<a><option><name>x</name></option></a>") == {"option": {"name": "x"}}
