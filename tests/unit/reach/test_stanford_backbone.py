"""The Stanford backbone's atomic predicates, against the counts that others published."""

import pytest
from benchmarks.stanford import (
    UPDATES,
    Backbone,
    atomic_predicates,
    backbone_space,
    forwarding_predicates,
    list_predicates,
    read_backbone,
)

from ringfence.reach.headers import HeaderSpace


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return read_backbone(UPDATES)


@pytest.fixture(scope="module")
def space(backbone: Backbone) -> HeaderSpace:
    return backbone_space(backbone)


def test_forwarding_has_as_many_atomic_predicates_as_published(
    backbone: Backbone, space: HeaderSpace
) -> None:
    atoms = atomic_predicates(space, forwarding_predicates(space, backbone))
    assert len(atoms) == 494


def test_access_lists_have_as_many_atomic_predicates_as_published(
    backbone: Backbone, space: HeaderSpace
) -> None:
    predicates = list_predicates(space, backbone)
    atoms = atomic_predicates(space, predicates)
    assert len(atoms) == 21
    for predicate in predicates:
        inside = [atom for atom in atoms if atom & predicate != space.nothing]
        assert space.union(inside) == predicate
