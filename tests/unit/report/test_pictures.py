"""Pictures: well-formed, titled, without a stranger's markup, legible in light and dark."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring

import pytest

from contrast import contrast
from report_extremes import HOSTILE, hostile, many_zones, wide_host
from report_results import harbour
from ringfence.report.format import ReportInput
from ringfence.report.pictures.canvas import Canvas, fitted, text_width
from ringfence.report.pictures.configurations import configuration_figure
from ringfence.report.pictures.matrix import matrix_picture
from ringfence.report.pictures.palette import DARK, LIGHT, LOOKS, Palette, style_sheet
from ringfence.report.pictures.wiring import wiring_picture
from ringfence.report.view.matrix import matrix_of
from ringfence.report.view.wiring import cluster_wirings
from ringfence.report.view.zones import zone_looks

SVG = "{http://www.w3.org/2000/svg}"
TEXT_PAIRS = [
    ("ink", "paper"),
    ("ink", "wash"),
    ("muted", "paper"),
    ("muted", "wash"),
    ("link", "paper"),
    ("red-text", "paper"),
    ("on-red", "red"),
    ("amber", "amber-wash"),
    ("amber", "paper"),
    ("paper", "ink"),
]
SHAPE_PAIRS = [("line", "paper"), ("red", "paper"), ("amber", "paper"), ("ink", "wash")]


def matrix(told: ReportInput) -> str:
    """The matrix of a report as SVG."""
    assert told.proof is not None
    looks = zone_looks(told.policy)
    return matrix_picture(matrix_of(told.proof, told.policy), looks, {"dmz": 20}, lambda _: "#x")


def wirings(told: ReportInput) -> Iterator[str]:
    """The wiring of every host of a report as SVG."""
    looks = zone_looks(told.policy)
    for cluster in cluster_wirings(told):
        for index, drawing in enumerate(cluster.drawings):
            yield wiring_picture(drawing, looks, f"w{index}")


def figures(told: ReportInput) -> Iterator[str]:
    """The three configurations as SVG."""
    zones = tuple(zone_looks(told.policy).values())
    for kind in ("physical-separation", "virtual-separation", "full-collapse"):
        yield configuration_figure(kind, zones, captions=True)


def pictures() -> list[Element]:
    """Every kind of picture, of friendly and hostile inventories."""
    drawn = [matrix(told) for told in (harbour(), hostile(), many_zones(30), many_zones(45, 4))]
    for told in (harbour(), hostile(), wide_host()):
        drawn += [*wirings(told), *figures(told)]
    return [fromstring(text) for text in drawn]


def words(picture: Element) -> str:
    """All text of a picture, tool tips included."""
    return " ".join("".join(element.itertext()) for element in picture.iter())


def test_every_picture_has_a_title_and_a_description_that_name_it() -> None:
    for picture in pictures():
        title, description = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
        assert title is not None
        assert title.text
        assert description is not None
        assert description.text
        assert picture.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_no_picture_has_a_script_a_style_or_an_outside_reference() -> None:
    for picture in pictures():
        for element in picture.iter():
            assert element.tag.removeprefix(SVG) in {
                *("svg", "title", "desc", "defs", "pattern", "g", "a"),
                *("rect", "line", "path", "circle", "text", "tspan"),
            }
            for name, value in element.attrib.items():
                assert not name.startswith(("on", "style"))
                if name == "href":
                    assert value.startswith("#")


def test_ids_are_used_once_in_a_picture() -> None:
    for picture in pictures():
        ids = [element.get("id") for element in picture.iter() if element.get("id")]
        assert len(ids) == len(set(ids))


def test_hostile_names_are_shown_as_they_are_with_controls_visible() -> None:
    text = words(fromstring(next(wirings(hostile()))))
    assert "<script>window.pwned=1</script>" in text
    assert "\\u{202e}" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_a_cell_tells_its_zones_verdict_and_services() -> None:
    labels = [
        element.get("aria-label") for element in fromstring(matrix(harbour())).iter(f"{SVG}a")
    ]
    assert len(labels) == 30
    assert "dmz to cardholder: VIOLATED; nothing declared" in labels
    assert (
        "outside to dmz: PROVED; declared tcp/80, tcp/443; a promised service cannot work" in labels
    )


def test_a_folded_cell_counts_its_verdicts() -> None:
    labels = " ".join(
        element.get("aria-label", "")
        for element in fromstring(matrix(many_zones(45, 4))).iter(f"{SVG}a")
    )
    assert re.search(r"\d+ VIOLATED, \d+ UNKNOWN, \d+ PROVED", labels)


def test_a_clean_matrix_has_no_red_and_no_amber() -> None:
    clean = matrix(harbour(faulty=False))
    assert LIGHT["red"] not in clean
    assert LIGHT["amber-hatch"] not in clean


def test_wiring_shows_what_differs_beside_what_the_others_have() -> None:
    _, third, fourth = (words(fromstring(each)) for each in wirings(harbour()))
    assert "VLAN 200" in third
    assert "others 300" in third
    assert "missing on this host" in fourth
    assert "link down" in fourth
    assert "others 10 Gb/s" in fourth


def test_a_gate_names_its_device_and_a_dual_homed_machine_its_networks() -> None:
    first = words(fromstring(next(wirings(harbour()))))
    assert "fw-1 is inner-firewall, on esx-1" in first
    assert "app-13 (application) joins APP-200 and CDE-300, on esx-1" in first


@pytest.mark.parametrize("text", ["short", "W" * 40, "港" * 30, "i" * 200, HOSTILE])
def test_fitted_text_fits(text: str) -> None:
    shown = fitted(text, 80, 12)
    assert text_width(shown, 12) <= 80 or len(shown) == 2


def test_fitted_text_keeps_both_ends() -> None:
    assert fitted("datacenter-1-web-17", 80, 12).startswith("data")
    assert fitted("datacenter-1-web-17", 80, 12).endswith("-17")


def test_shortened_text_keeps_the_whole_as_its_tool_tip() -> None:
    canvas = Canvas(identity="x", width=10, height=10, title="t", description="d")
    canvas.text((0, 0), "a very long name", width=30)
    (text,) = fromstring(canvas.markup()).iter(f"{SVG}text")
    assert text.findtext(f"{SVG}title") == "a very long name"
    assert "…" in (text.findtext(f"{SVG}tspan") or "")


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_text_has_the_contrast_of_wcag_aa(palette: Palette, pair: tuple[str, str]) -> None:
    text, ground = pair
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", SHAPE_PAIRS, ids="-on-".join)
def test_shapes_have_the_contrast_of_wcag_aa(palette: Palette, pair: tuple[str, str]) -> None:
    shape, ground = pair
    assert contrast(palette[shape], palette[ground]) >= 3.0


def test_light_and_dark_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_every_look_has_a_class_in_the_style_sheet() -> None:
    sheet = style_sheet()
    assert all(f".d-{look}{{" in sheet for look in LOOKS)
