"""The picture of a lab: what is drawn, in which width, and what a fault changed in it."""

from io import StringIO

import pytest
from rich.console import Console

from ringfence.cli.commands.lab.drawing import LabDrawing
from ringfence.lab.configurations import CONFIGURATIONS, layout
from ringfence.lab.fault import all_faults, fault_named
from ringfence.operations.lab_picture import LabPicture, picture

PAIRED = [(fault.name, one) for fault in all_faults() for one in fault.configurations]


def whole(configuration: str) -> LabPicture:
    return picture(layout(configuration), layout(configuration))


def broken(configuration: str, fault: str) -> LabPicture:
    lab = layout(configuration)
    return picture(lab, fault_named(fault, configuration).plant(lab))


def drawn(lab: LabPicture, width: int = 100, *, encoding: str = "utf-8") -> str:
    class Output(StringIO):
        @property
        def encoding(self) -> str:
            return encoding

    output = Output()
    Console(file=output, width=width, legacy_windows=False, highlight=False).print(LabDrawing(lab))
    return output.getvalue()


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_everything_is_drawn_once(configuration: str) -> None:
    lab = layout(configuration)
    text = drawn(whole(configuration))
    for node in lab.of_kind("host", "fabric"):
        assert f" {node.name} ─" in text
        for switch in node.switches:
            assert switch.name in text
    for node in lab.of_kind("machine"):
        assert text.count(f" {node.name} ") == 1
    assert "the fault changed" not in text


@pytest.mark.parametrize(("fault", "configuration"), PAIRED)
def test_what_a_fault_changed_is_marked_and_nothing_else(fault: str, configuration: str) -> None:
    lab = broken(configuration, fault)
    assert 1 <= len(lab.changed()) <= 2, lab.changed()
    marked = [line for line in drawn(lab, 200).splitlines() if "! " in line]
    assert marked[-1] == "! is what the fault changed"
    assert len(marked) > 1


def test_a_port_in_the_wrong_vlan_is_told_with_its_vlan() -> None:
    assert broken("full-collapse", "wrong-vlan").changed() == ("kvm1 br0: 30 dmz-1",)
    assert broken("virtual-separation", "mirror").changed() == (
        "kvm1 br0: mirror span: copies VLAN 30 to dmz-1",
    )


@pytest.mark.parametrize("width", [30, 44, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for configuration in CONFIGURATIONS:
        assert max(map(len, drawn(whole(configuration), width).splitlines())) <= width


def test_hosts_stand_side_by_side_where_they_fit() -> None:
    def beside(width: int) -> bool:
        lines = drawn(whole("full-collapse"), width).splitlines()
        return any("host kvm1" in line and "host kvm2" in line for line in lines)

    assert beside(100)
    assert not beside(60)


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert drawn(broken("full-collapse", "mirror"), encoding="ascii").isascii()
