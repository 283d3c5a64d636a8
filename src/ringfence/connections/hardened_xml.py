"""XML of others: parsed without entities, without network, without a document type."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from ringfence.foundation.errors import SourceError
from ringfence.foundation.text import for_terminal

# Nothing but an XML declaration may stand before the first element. A document type could
# declare entities (bombs, files of this machine), and no vSphere answer has one.
_PROLOG: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\s[^>]{0,200}\?>)?\s*<(?=[A-Za-z_])", re.ASCII
)


def parse_xml(content: bytes, where: str) -> etree._Element:
    """Return the root element of ``content``; ``where`` names it in errors.

    Raises ``SourceError`` for what is not well-formed UTF-8 XML, is nested deeper than libxml2
    allows, or has a document type.
    """
    if _PROLOG.match(content) is None:
        what = "has a document type or is no XML" if b"<!" in content[:4096] else "is no XML"
        raise SourceError(
            f"{where} {what}; it was not read.",
            "A vSphere server never sends that. Check where it comes from.",
        )
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        reason = for_terminal(str(error.msg or "no reason"))[:200]
        raise SourceError(f"{where} is damaged: {reason}.", "Collect or save it again.") from error
