"""The reference of the policy file names what is not a field: bases, standings, protocols."""

import re
from typing import get_args

import pytest

from repository import ROOT
from ringfence.policy.load import shipped_bases
from ringfence.policy.membership import Standing
from ringfence.policy.merge import REMOVABLE
from ringfence.policy.services import PROTOCOLS, service_term


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", [*shipped_bases(), *get_args(Standing), *PROTOCOLS])
def test_every_word_is_documented(page, word):
    assert f"`{word}`" in page


def test_every_service_on_the_page_can_be_read(page):
    section = page.split("## A service")[1].split("## ")[0]
    written = re.findall(r"^\| (.*?) \|", section, flags=re.MULTILINE)[2:]
    texts = [text for cell in written for text in re.findall(r"`(.*?)`", cell)]
    assert len(texts) == 10
    for text in texts:
        service_term(text)


def test_what_null_takes_away_is_said(page):
    assert {path[-1] for path in REMOVABLE} == {"zones", "devices", "domains"}
    assert "`null` in the place of a\nzone, a device or a domain takes that one away" in page
