"""A logged-in connection to a vCenter Server or ESXi host, for reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

from lxml import etree

from ringfence.connections.hardened_xml import parse_xml
from ringfence.connections.https import HttpsClient
from ringfence.connections.settings import VsphereSettings
from ringfence.connections.soap import Reference, SoapClient
from ringfence.connections.vsphere_login import login
from ringfence.foundation.errors import ConnectionFailedError, SourceError

_SERVICE: Final = Reference("ServiceInstance", "ServiceInstance")


class VsphereConnection:
    """A session with one server: what it says of itself, its managers, and calls that read.

    ``managers`` maps the fields of ``ServiceContent`` (``rootFolder``, ``propertyCollector``, …)
    to managed objects. ``account`` is the user that the server knows the session by.
    """

    def __init__(self, settings: VsphereSettings, soap: SoapClient, http: HttpsClient) -> None:
        self.settings = settings
        self._soap = soap
        self._http = http
        content = soap.call("RetrieveServiceContent", _SERVICE).find("{*}returnval")
        self.managers: Mapping[str, Reference] = {}
        self.about: Mapping[str, str] = {}
        self.account = settings.user
        self.session = ""
        if content is None:
            raise _no_vsphere(settings)
        self.managers = {
            etree.QName(child).localname: Reference(child.get("type", ""), child.text or "")
            for child in content
            if child.get("type")
        }
        about = content.find("{*}about")
        if about is None or "propertyCollector" not in self.managers:
            raise _no_vsphere(settings)
        self.about = {etree.QName(child).localname: child.text or "" for child in about}

    @property
    def endpoint(self) -> str:
        """The server's address, for messages."""
        return str(self.settings.endpoint)

    @property
    def is_vcenter(self) -> bool:
        """Whether this is a vCenter Server; a single ESXi host otherwise."""
        return self.about.get("apiType") == "VirtualCenter"

    @property
    def https(self) -> HttpsClient:
        """The same server for requests beside the SOAP API."""
        return self._http

    def call(self, method: str, this: Reference, arguments: str = "") -> etree._Element:
        """Return the response element of a call that reads; raises as ``SoapClient.call``."""
        return self._soap.call(method, this, arguments)

    def second(self) -> VsphereConnection:
        """Return another HTTPS connection in the same session, for the use of another thread."""
        settings = self.settings
        http = HttpsClient(settings.endpoint, settings.tls, settings.timeout)
        soap = SoapClient(http, self._soap.version)
        soap.cookie = self._soap.cookie
        return VsphereConnection(settings, soap, http)

    def calls_ahead(self, calls: Iterable[tuple[str, Reference, str]]) -> Iterator[etree._Element]:
        """Yield the responses to calls in their order, the next asked for while one is worked on.

        Raises as ``SoapClient.call``, at the call that the error belongs to.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="calls") as worker:
            coming: Future[etree._Element] | None = None
            for call in calls:
                following = worker.submit(self._soap.call, *call)
                if coming is not None:
                    yield coming.result()
                coming = following
            if coming is not None:
                yield coming.result()

    def close(self) -> None:
        """End the session on the server, and the connection."""
        try:
            self._soap.call("Logout", self.managers["sessionManager"])
        except SourceError:
            pass  # It ends by itself; nothing that was read depends on it.
        finally:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def connect(settings: VsphereSettings) -> VsphereConnection:
    """Return a logged-in connection.

    Raises ``LoginRefusedError``, ``CertificateRefusedError``, ``ConnectionFailedError``,
    ``MissingExtraError``, and ``UsageError`` where there are no credentials.
    """
    with ExitStack() as opened:
        http = HttpsClient(settings.endpoint, settings.tls, settings.timeout)
        opened.callback(http.close)
        versions = _versions(http, settings)
        soap = SoapClient(http, versions[0])
        connection = VsphereConnection(settings, soap, http)
        soap.cookie = login(settings, versions)
        opened.pop_all()
    return connection


def _versions(http: HttpsClient, settings: VsphereSettings) -> list[str]:
    """Return the versions of the API that the server speaks, the newest first."""
    answer = http.request("GET", f"{settings.endpoint.path}/vimServiceVersions.xml")
    if answer.status != 200:
        raise _no_vsphere(settings)
    try:
        root = parse_xml(answer.body, "The list of API versions")
    except SourceError as error:
        raise _no_vsphere(settings) from error
    for namespace in root.iter("namespace"):
        if namespace.findtext("name") == "urn:vim25":
            found = [namespace.findtext("version") or ""]
            found.extend(version.text or "" for version in namespace.iter("version"))
            return [version for version in dict.fromkeys(found) if version]
    raise _no_vsphere(settings)


def _no_vsphere(settings: VsphereSettings) -> ConnectionFailedError:
    return ConnectionFailedError(
        f"{settings.endpoint} answers, but not as a vSphere server: "
        f"{settings.endpoint.path}/vimServiceVersions.xml is not there.",
        "Check the address; the path of the API is /sdk unless a proxy changed it.",
    )
