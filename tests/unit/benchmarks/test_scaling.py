"""The picture and the table of how costs grow hold the same measurements."""

from xml.etree import ElementTree

from benchmarks.scaling import Cost, page, sizes
from benchmarks.scaling_picture import scaling_picture

COSTS = [
    Cost("rules", 1000, 0.5, 80.0),
    Cost("rules", 20_000, 9.0, 300.0),
    Cost("zones", 10, 1.0, 90.0),
    Cost("zones", 40, 4.0, 120.0),
]


def test_every_size_fits_together_and_grows_one_thing() -> None:
    assert len({(what, count) for what, count, _ in sizes()}) == len(list(sizes()))
    for what, count, size in sizes():
        assert getattr(size, what) == count


def test_the_picture_has_a_point_for_each_measurement_in_both_rows() -> None:
    root = ElementTree.fromstring(scaling_picture(COSTS))
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert tags.count("circle") == 2 * len(COSTS)
    assert {"title", "desc"} <= set(tags)
    words = {element.text for element in root.iter()}
    assert {"rules", "zones", "1k", "20k", "10", "40"} <= words


def test_the_table_is_made_anew_and_the_words_are_kept() -> None:
    before = "# How\n<!-- results begin -->\nold\n<!-- results end -->\nwords\n"
    after = page(before, COSTS)
    assert "| rules | 20,000 | 9 s | 300 MB |" in after
    assert "old" not in after
    assert after.endswith("words\n")
    assert page(after, COSTS) == after
