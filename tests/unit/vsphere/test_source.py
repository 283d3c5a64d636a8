"""Sources are found, and say what they cannot do."""

import pytest

import ringfence.sources
from ringfence.foundation.discovery import find_parts
from ringfence.foundation.errors import UsageError
from ringfence.foundation.progress import SilentProgress
from ringfence.sources.source import GROUP, Source


def test_the_source_is_found():
    names = [source.name for source in find_parts(ringfence.sources, "SOURCE", Source, GROUP)]
    assert "vsphere" in names


def test_a_source_without_a_part_says_so(tmp_path):
    nothing = Source(name="nothing", accepts="nothing at all")
    assert not nothing.recognises(tmp_path)
    with pytest.raises(UsageError, match=r"no saved form\. It reads nothing at all\."):
        nothing.read_saved(tmp_path, SilentProgress())
    with pytest.raises(UsageError, match="cannot be read live"):
        nothing.collect(None, SilentProgress())
    with pytest.raises(UsageError, match="no privileges to compare"):
        nothing.preflight(None)
