"""Calls of the vSphere API: SOAP envelopes out, elements in, faults as errors."""

from __future__ import annotations

import time
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from ringfence.connections.hardened_xml import parse_xml
from ringfence.connections.https import Answer, HttpsClient
from ringfence.connections.tls import ConnectionDroppedError
from ringfence.foundation.errors import ConnectionFailedError, SourceError
from ringfence.foundation.text import for_terminal

_NAMESPACES: Final = (
    'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_RETRIES: Final = 2
_FIRST_PAUSE: Final = 0.5  # seconds; doubled with each further try


class Reference(NamedTuple):
    """A managed object: its type and the server's id for it."""

    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.type} {self.value}"


class VsphereFaultError(SourceError):
    """The server answered a call with a fault; ``kind`` is its type in the vSphere API.

    ``subject`` is what the fault names: the property of an ``InvalidProperty``.
    """

    def __init__(self, what: str, kind: str, advice: str = "", subject: str = "") -> None:
        super().__init__(what, advice)
        self.kind = kind
        self.subject = subject


def element(name: str, content: str, type_name: str = "") -> str:
    """Return an element with ``content`` that already is XML."""
    attribute = f" xsi:type={quoteattr(type_name)}" if type_name else ""
    return f"<{name}{attribute}>{content}</{name}>"


def text_element(name: str, text: str) -> str:
    """Return an element with ``text``, escaped."""
    return f"<{name}>{escape(text)}</{name}>"


def reference_element(name: str, reference: Reference) -> str:
    """Return an element that refers to a managed object."""
    return f"<{name} type={quoteattr(reference.type)}>{escape(reference.value)}</{name}>"


class SoapClient:
    """Calls over one HTTPS connection, in the session that ``cookie`` names.

    Only calls that read go through it: each is tried again where the connection was dropped.
    """

    def __init__(self, http: HttpsClient, version: str = "") -> None:
        self._http = http
        self.version = version
        self.cookie = ""

    def call(self, method: str, this: Reference, arguments: str = "") -> etree._Element:
        """Return the response element of a call that reads.

        Raises ``VsphereFaultError`` for a fault, ``ConnectionFailedError`` where there was no
        answer of the API.
        """
        return self.response(method, self.post(method, this, arguments))

    def post(self, method: str, this: Reference, arguments: str = "") -> Answer:
        """Return the raw answer to a call that reads, tried again where it was dropped."""
        envelope = (
            f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope {_NAMESPACES}><e:Body>'
            f'<{method} xmlns="urn:vim25">{reference_element("_this", this)}{arguments}</{method}>'
            "</e:Body></e:Envelope>"
        )
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"urn:vim25/{self.version}"',
            "User-Agent": "ringfence",
        }
        if self.cookie:
            headers["Cookie"] = self.cookie
        for attempt in range(_RETRIES):
            try:
                return self._http.request(
                    "POST", self._http.endpoint.path, envelope.encode(), headers
                )
            except ConnectionDroppedError:
                time.sleep(_FIRST_PAUSE * 2**attempt)
        return self._http.request("POST", self._http.endpoint.path, envelope.encode(), headers)

    def response(self, method: str, answer: Answer) -> etree._Element:
        """Return the response element that ``answer`` to ``method`` holds; raises as ``call``."""
        where = f"The answer of {self._http.endpoint} to {method}"
        if answer.status not in {200, 500}:
            raise ConnectionFailedError(
                f"{self._http.endpoint} answered {method} with HTTP status {answer.status}.",
                "Check that the address is that of a vCenter Server or ESXi host.",
            )
        try:
            root = parse_xml(answer.body, where)
        except SourceError as error:
            raise ConnectionFailedError(error.what, error.advice) from error
        body = root.find("{*}Body")
        result = body[0] if body is not None and len(body) else None
        if result is None:
            raise ConnectionFailedError(f"{where} is not SOAP.", "Check the address.")
        if etree.QName(result).localname == "Fault":
            raise _fault(self._http.endpoint.host, method, result)
        return result


def _fault(host: str, method: str, fault: etree._Element) -> VsphereFaultError:
    message = for_terminal((fault.findtext("{*}faultstring") or "").strip())[:300]
    detail = fault.find("{*}detail")
    kind, subject = "Fault", ""
    if detail is not None and len(detail):
        first = detail[0]
        named = etree.QName(first).localname.removesuffix("Fault")
        kind = (first.get(_TYPE) or named).rpartition(":")[2] or kind
        subject = first.findtext("{*}name") or ""
    said = f": {message}" if message else ""
    return VsphereFaultError(
        f"{host} answered {method} with the fault {for_terminal(kind)}{said}",
        kind,
        "The server's log, or the account's privileges, may say why.",
        subject,
    )
