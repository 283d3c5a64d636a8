"""The matrix before it is drawn: bands, cells, worst verdicts."""

from report_extremes import many_zones
from report_inventory import policy
from report_results import proof
from ringfence.report.view.matrix import Matrix, matrix_of, worst
from ringfence.report.view.zones import zone_looks


def folded(count: int, step: int, most: int = 30) -> Matrix:
    told = many_zones(count, step)
    assert told.proof is not None
    return matrix_of(told.proof, told.policy, most)


def test_bands_are_the_zones_in_order_of_trust_outside_first() -> None:
    matrix = matrix_of(proof(policy(), ""), policy())
    assert [band.name for band in matrix.bands] == [
        "outside",
        "dmz",
        "application",
        "cardholder",
        "management",
        "migration",
    ]
    assert not matrix.folded


def test_the_diagonal_of_single_zones_has_no_verdict() -> None:
    matrix = matrix_of(proof(policy(), ""), policy())
    for index, line in enumerate(matrix.cells):
        assert [cell.verdict is None for cell in line] == [
            column == index for column in range(len(line))
        ]


def test_every_pair_stands_in_exactly_one_cell_also_when_folded() -> None:
    for count, step in ((6, 1), (45, 4), (80, 1)):
        told = many_zones(count, step)
        assert told.proof is not None
        matrix = matrix_of(told.proof, told.policy)
        placed = [pair for line in matrix.cells for cell in line for pair in cell.pairs]
        assert len(matrix.bands) <= 30
        assert sorted(map(id, placed)) == sorted(map(id, told.proof.pairs))


def test_zones_of_equal_trust_fold_and_the_outside_stays_apart() -> None:
    matrix = folded(45, 4)
    assert matrix.bands[0].zones == ("tenant-00-back",)
    assert matrix.bands[1].name == "trust 0 (3 zones)"
    assert matrix.bands[2].name == "trust 1 (4 zones)"
    assert matrix.cells[2][2].pairs


def test_more_levels_than_bands_fold_by_tens() -> None:
    assert folded(80, 1).bands[1].name == "trust 0–9 (9 zones)"


def test_a_folded_cell_shows_its_worst_verdict() -> None:
    assert worst(["PROVED", "UNKNOWN", "PROVED"]) == "UNKNOWN"
    assert worst(["PROVED", "UNKNOWN", "VIOLATED"]) == "VIOLATED"
    assert worst([]) is None


def test_thirty_zones_have_thirty_looks() -> None:
    looks = zone_looks(many_zones(31).policy)
    inside = [(look.colour, look.pattern) for look in looks.values() if look.colour]
    assert len(inside) == len(set(inside)) == 30


def test_the_outside_has_a_colour_of_its_own() -> None:
    looks = zone_looks(policy())
    assert [look.colour for look in looks.values()] == [0, 1, 2, 3, 4, 5]
    assert looks["cardholder"].note == "sensitive"
