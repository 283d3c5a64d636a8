"""What a person sees of the report: in light and dark, narrow and wide, by keyboard, on paper."""

import re
from functools import cache

import pytest

from contrast import contrast
from report_extremes import hostile, many_zones, nothing, wide_host
from report_results import harbour
from repository import ROOT
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.assemble import subject
from ringfence.operations.check import check
from ringfence.operations.report import told
from ringfence.report.format import ReportInput

EXAMPLE = ROOT / "examples" / "harbour"


@cache
def bundled(folder: str, policy: str) -> ReportInput:
    """What a check of the bundled datacenter tells, made by the whole path."""
    silent = SilentProgress()
    return told(check(subject(EXAMPLE / folder, EXAMPLE / policy, silent), silent))


def bundled_faulty() -> ReportInput:
    """The bundled datacenter with its mistakes."""
    return bundled("faulty", "policy-faulty.yaml")


def bundled_clean() -> ReportInput:
    """The bundled datacenter as it should be."""
    return bundled("clean", "policy.yaml")


REPORTS = {
    "bundled-faulty": bundled_faulty,
    "bundled-clean": bundled_clean,
    "faulty": harbour,
    "clean": lambda: harbour(faulty=False),
    "hostile": hostile,
    "many": lambda: many_zones(30),
    "wide": wide_host,
    "nothing": nothing,
}
# Text, by selector, whose colour is compared with the nearest ground that is painted behind it.
READ = (
    "p",
    "a[href='#pairs']",
    ".muted",
    ".verdict.PROVED",
    ".verdict.VIOLATED",
    ".verdict.UNKNOWN",
    ".pair .tail",
    ".terms dt",
    ".decisive .label",
    ".severity.medium",
    ".severity.critical",
    "summary.quiet",
    "footer",
)
GROUND = """element => {
  let at = element;
  while (at) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!/, 0\\)$|transparent/.test(colour)) return [getComputedStyle(element).color, colour];
    at = at.parentElement;
  }
  return null;
}"""
SHADOWED = """() => [...document.querySelectorAll('.drawing')].flatMap(drawing => {
  const inside = drawing.getBoundingClientRect();
  return [...drawing.querySelectorAll('text')].filter(text => {
    const box = text.getBoundingClientRect();
    return box.right > inside.right + 1 || box.left < inside.left - 1 || box.top < inside.top - 1;
  }).map(text => text.textContent);
})"""


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_complains_of_nothing_and_asks_for_nothing(show, complaints, name) -> None:
    page = show(REPORTS[name]())
    assert page.title().startswith("Ringfence")
    assert complaints == []


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [320, 400, 1280, 2200])
def test_the_page_itself_never_scrolls_sideways(show, name, width) -> None:
    page = show(REPORTS[name](), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_hostile_names_run_nothing_and_add_no_element(show, complaints) -> None:
    page = show(hostile())
    assert page.evaluate("window.pwned") is None
    assert page.locator("img, body script:not(:last-of-type)").count() == 0
    assert page.locator("main script").count() == 0
    assert "<script>window.pwned=1</script>" in page.inner_text("h1")
    assert complaints == []


def test_the_bundled_faults_are_on_the_page_with_their_paths(show) -> None:
    page = show(bundled_faulty())
    violated = page.locator("details.pair.violated")
    assert violated.count() > 0
    for index in range(violated.count()):
        witnesses = violated.nth(index).locator(".witness")
        assert witnesses.count() > 0
        for number in range(witnesses.count()):
            assert witnesses.nth(number).locator(".station.decisive .close").count() == 1
    assert page.get_by_text("app-05 (application) joins APP-200 and CDE-300").count() == 1
    assert page.get_by_role("heading", name="esx-3 differs", exact=True).is_visible()


def test_the_bundled_clean_datacenter_is_almost_grey(show) -> None:
    page = show(bundled_clean())
    assert page.get_by_text("All 30 zone pairs proved.").is_visible()
    assert page.locator(".VIOLATED, .d-VIOLATED, .station").count() == 0
    assert page.locator("figure.deployed strong").inner_text() == "full-collapse"


def test_the_policy_of_the_page_stops_what_would_be_injected(show) -> None:
    page = show(harbour())
    page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.pwned = 1';
          document.body.append(script);
          const image = new Image();
          image.src = 'https://outside.example/beacon';
          document.body.append(image);
        }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.images[0].naturalWidth") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(show, scheme) -> None:
    page = show(harbour(), scheme=scheme)
    for selector in READ:
        found = page.locator(selector).first.evaluate(GROUND)
        assert found is not None, selector
        assert contrast(*found) >= 4.5, (selector, found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_follow_the_scheme(show, scheme) -> None:
    page = show(harbour(), scheme=scheme)
    text, ground = page.locator(".drawing text.d-text").first.evaluate(
        "it => [getComputedStyle(it).fill, getComputedStyle(document.body).backgroundColor]"
    )
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("name", REPORTS)
def test_no_text_leaves_its_drawing(show, name) -> None:
    assert show(REPORTS[name]()).evaluate(SHADOWED) == []


def test_every_drawing_is_named_and_described(show) -> None:
    page = show(harbour())
    drawings = page.locator("svg")
    assert drawings.count() == 1 + 3 + 3
    for index in range(drawings.count()):
        drawing = drawings.nth(index)
        named = drawing.get_attribute("aria-labelledby").split()
        for identity in named:
            assert page.locator(f"#{identity}").evaluate("it => it.textContent.trim().length") > 3


def test_the_keyboard_reaches_and_opens_what_is_folded(show) -> None:
    page = show(harbour())
    page.locator("details.pair.proved > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.pair.proved").first.get_attribute("open") is not None
    assert page.get_by_text("through edge-firewall").first.is_visible()


def test_tab_passes_through_summaries_drawings_and_cells(show) -> None:
    page = show(harbour())
    seen = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate(
                "(({tagName, classList}) => tagName + '.' + (classList[0] ?? ''))"
                "(document.activeElement)"
            )
        )
    assert {"DIV.sheet", "a.cell", "SUMMARY.", "SUMMARY.quiet", "A.skip"} <= seen


def test_what_has_the_focus_is_outlined(show) -> None:
    page = show(harbour())
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_cell_leads_to_its_pair_and_unfolds_it(show) -> None:
    page = show(harbour())
    cell = page.locator("a.cell[aria-label^='outside to dmz']")
    target = cell.get_attribute("href").removeprefix("#")
    assert not page.locator(f"#{target}").is_visible()
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.getElementById('{target}').closest('details').open")
    assert page.locator(f"#{target}").is_visible()


def test_pointing_at_a_cell_lights_its_row_and_column(show) -> None:
    page = show(harbour())
    page.locator("a.cell[aria-label^='dmz to cardholder']").hover()
    assert page.locator("g.head.lit").count() == 2
    assert page.locator("a.cell.lit").count() == 9
    page.mouse.move(0, 0)
    assert page.locator(".lit").count() == 0


def test_violated_pairs_are_open_and_proved_ones_folded(show) -> None:
    page = show(harbour())
    assert (
        page.locator("details.pair.violated:not([open]), details.pair.unknown:not([open])").count()
        == 0
    )
    assert page.locator("details.pair.proved[open]").count() == 0


def test_a_button_unfolds_all_pairs(show) -> None:
    page = show(many_zones(30))
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator("details.pair:not([open])").count() == 0


def test_the_page_reads_without_its_script(browser, tmp_path) -> None:
    from ringfence.report.format import format_named, render

    file = tmp_path / "report.html"
    file.write_text(render(format_named("html"), harbour()), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("text=3 of 30 zone pairs violated").first.is_visible()
    assert page.locator("button[data-fold]").first.is_hidden()
    context.close()


def test_on_paper_nothing_is_folded_away(show, tmp_path) -> None:
    page = show(harbour())
    page.emulate_media(media="print")
    for machine in ("web-01", "app-24", "db-14"):
        assert page.get_by_text(re.compile(rf"\b{machine}\b")).first.is_visible()
    hidden = page.evaluate(
        """() => [...document.querySelectorAll('details:not(.screen)')].filter(each => {
          const body = [...each.children].find(child => child.tagName !== 'SUMMARY');
          return body.getBoundingClientRect().height === 0;
        }).length"""
    )
    assert hidden == 0


def test_on_paper_verdicts_have_their_form_in_borders(show) -> None:
    page = show(harbour())
    page.emulate_media(media="print")
    forms = [
        page.locator(f".verdict.{word}").first.evaluate(
            "it => [getComputedStyle(it).borderTopWidth, getComputedStyle(it).borderTopStyle]"
        )
        for word in ("PROVED", "VIOLATED", "UNKNOWN")
    ]
    assert len({tuple(form) for form in forms}) == 3


def test_paper_is_light_whatever_the_screen_is(show) -> None:
    page = show(harbour(), scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
