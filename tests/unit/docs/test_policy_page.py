"""The reference of the policy file names every word that the policy's types know."""

import inspect
import re
from typing import get_args

import pytest
from pydantic import BaseModel

from repository import ROOT
from ringfence.policy import document

MODELS = [
    model
    for _, model in inspect.getmembers(document, inspect.isclass)
    if issubclass(model, BaseModel) and model.__module__ == document.__name__
]


def words_on_the_page() -> set[str]:
    page = (ROOT / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
    return {
        word for quoted in re.findall(r"`([^`]+)`", page) for word in re.split(r"[\s,]+", quoted)
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_word_is_documented(model: type[BaseModel]) -> None:
    words = {field.alias or name for name, field in model.model_fields.items()}
    assert words - words_on_the_page() == set()


def test_every_capability_is_documented() -> None:
    assert set(get_args(document.CapabilityName)) - words_on_the_page() == set()
