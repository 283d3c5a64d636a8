"""Hostile XML does nothing but end in a sentence."""

import pytest

from ringfence.connections.hardened_xml import parse_xml
from ringfence.foundation.errors import SourceError

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;&x;&x;">]>
<a>&y;</a>"""


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<!-- a --><!DOCTYPE a><a/>",
        b'<?xml version="1.0"?><?php?><!DOCTYPE a><a/>',
    ],
)
def test_a_document_type_is_refused(content):
    with pytest.raises(SourceError, match="document type"):
        parse_xml(content, "It")


@pytest.mark.parametrize("content", [b"", b"hello", BOMB.decode().encode("utf-16"), b"\0<a/>"])
def test_what_is_no_xml_is_refused(content):
    with pytest.raises(SourceError, match="It is no XML"):
        parse_xml(content, "It")


@pytest.mark.parametrize(
    "content",
    [
        b"<a><b></a>",
        b"<a>&undeclared;</a>",
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<a>\xff</a>",
        b"<a/><!DOCTYPE a>",
        b'<?xml version="1.0" encoding="utf-16"?><a/><b/>',
    ],
)
def test_damaged_xml_is_refused(content):
    with pytest.raises(SourceError, match="It is damaged"):
        parse_xml(content, "It")


def test_ordinary_xml_is_read():
    content = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<a x="1"><!-- c --><b>é&amp;</b></a>'
    root = parse_xml(content.encode(), "It")
    assert [(element.tag, element.text) for element in root] == [("b", "é&")]
