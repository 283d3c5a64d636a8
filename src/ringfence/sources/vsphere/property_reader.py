"""Bulk reads through the property collector, page by page, the next page while one is worked on.

Objects are listed once by a container view and then read in pages by their references, so that
memory is bounded by a page on both sides, and a page that was dropped can be asked for again. A
server that gives less than was asked for hands out a token for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from lxml import etree

from ringfence.connections.soap import (
    Reference,
    VsphereFaultError,
    reference_element,
    text_element,
)
from ringfence.connections.vsphere import VsphereConnection
from ringfence.foundation.errors import ConnectionFailedError
from ringfence.model.facts import NotRead
from ringfence.sources.vsphere.catalogue import READ_ORDER, roots
from ringfence.sources.vsphere.content import Content, contents, not_read
from ringfence.sources.vsphere.values import Plain

# Objects of a page, by the size that such objects have: a page is a few megabytes.
_PAGE: Final[Mapping[str, int]] = {"HostSystem": 20, "VirtualMachine": 400}
_OTHER_PAGE: Final = 200
_SESSION_FAULTS: Final = frozenset({"NotAuthenticated", "InvalidLogin"})


class PropertyReader:
    """Reads objects of one connection; pages are fetched by a thread of its own, one at a time."""

    def __init__(self, connection: VsphereConnection) -> None:
        self._connection = connection
        self._collector = connection.managers["propertyCollector"]
        self._ahead = connection.second()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pages")
        self._plain = Plain()
        self._unsupported: dict[str, set[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._ahead.https.close()

    def references(self) -> dict[str, list[Reference]]:
        """Return every object that the account can see, by type, the root folder first."""
        root = self._connection.managers["rootFolder"]
        manager = self._connection.managers["viewManager"]
        types = "".join(
            text_element("type", kind)
            for kind in ("Folder", "Datacenter", "ComputeResource", "HostSystem", "ResourcePool")
        )
        types += "".join(
            text_element("type", kind)
            for kind in ("VirtualMachine", "Network", "DistributedVirtualSwitch")
        )
        made = self._connection.call(
            "CreateContainerView",
            manager,
            reference_element("container", root) + types + text_element("recursive", "true"),
        )
        view = made.find("{*}returnval")
        if view is None:
            raise ConnectionFailedError(
                f"{self._connection.endpoint} made no view of its inventory.", "Try again."
            )
        container = Reference("ContainerView", view.text or "")
        found: dict[str, list[Reference]] = {kind: [] for kind in READ_ORDER}
        found["Folder"].append(root)
        try:
            for reference in self._members(container):
                if reference.type in found:
                    found[reference.type].append(reference)
        finally:
            self._connection.call("DestroyView", container)
        return found

    def read(
        self, kind: str, references: Sequence[Reference], paths: Sequence[str]
    ) -> Iterator[Content]:
        """Yield the objects with the properties at ``paths``.

        What this version of the API does not have is missing in each object as not supported. An
        object for which the server answers with a fault has every property missing. Raises
        ``ConnectionFailedError``.
        """
        size = _PAGE.get(kind, _OTHER_PAGE)
        pages = [references[start : start + size] for start in range(0, len(references), size)]
        coming = self._post(kind, pages[0], paths) if pages else None
        for number, page in enumerate(pages, 1):
            now = coming
            coming = self._post(kind, pages[number], paths) if number < len(pages) else None
            yield from self._page(kind, page, paths, now)

    def values(self, reference: Reference, paths: Sequence[str]) -> Content:
        """Return one object with the properties at ``paths``, as ``read`` does."""
        for content in self.read(reference.type, (reference,), paths):
            return content
        gone = not_read("ManagedObjectNotFound")
        return Content(reference, {}, dict.fromkeys(paths, gone))

    def _page(
        self,
        kind: str,
        page: Sequence[Reference],
        paths: Sequence[str],
        coming: Future[etree._Element] | None,
    ) -> Iterator[Content]:
        try:
            answer = (coming or self._post(kind, page, paths)).result()
        except VsphereFaultError as fault:
            yield from self._after_fault(kind, page, paths, fault)
            return
        wanted = roots(kind) | {path.partition(".")[0] for path in paths}
        while True:
            returnval = answer.find("{*}returnval")
            if returnval is None:
                return
            for content in contents(returnval, self._plain, wanted):
                self._mark_unsupported(kind, content)
                yield content
            token = returnval.findtext("{*}token")
            if not token:
                return
            answer = self._worker.submit(self._continue, token).result()

    def _after_fault(
        self, kind: str, page: Sequence[Reference], paths: Sequence[str], fault: VsphereFaultError
    ) -> Iterator[Content]:
        """Read a page again without what the fault was about: a property, or one object."""
        if fault.kind in _SESSION_FAULTS:
            raise ConnectionFailedError(
                f"{self._connection.endpoint} ended the session while it was read.", "Try again."
            ) from fault
        unsupported = self._unsupported.setdefault(kind, set())
        if fault.kind == "InvalidProperty" and fault.subject in set(paths) - unsupported:
            unsupported.add(fault.subject)
            yield from self._page(kind, page, paths, None)
        elif len(page) > 1:
            half = len(page) // 2
            yield from self._page(kind, page[:half], paths, None)
            yield from self._page(kind, page[half:], paths, None)
        else:
            why = not_read(fault.kind)
            if why.reason == "not-supported":
                why = NotRead(reason="fault", detail=fault.kind)
            yield Content(page[0], {}, dict.fromkeys(paths, why))

    def _mark_unsupported(self, kind: str, content: Content) -> None:
        for path in self._unsupported.get(kind, ()):
            content.missing[path] = not_read("InvalidProperty")

    def _post(
        self, kind: str, page: Sequence[Reference], paths: Sequence[str]
    ) -> Future[etree._Element]:
        asked = [path for path in paths if path not in self._unsupported.get(kind, ())]
        return self._worker.submit(self._retrieve, kind, page, asked)

    def _retrieve(
        self, kind: str, page: Sequence[Reference], paths: Sequence[str]
    ) -> etree._Element:
        asked = "".join(text_element("pathSet", path) for path in paths)
        objects = "".join(
            f"<objectSet>{reference_element('obj', reference)}</objectSet>" for reference in page
        )
        arguments = (
            f"<specSet><propSet>{text_element('type', kind)}{asked}</propSet>{objects}"
            "<reportMissingObjectsInResults>true</reportMissingObjectsInResults></specSet>"
            f"<options>{text_element('maxObjects', str(len(page)))}</options>"
        )
        return self._ahead.call("RetrievePropertiesEx", self._collector, arguments)

    def _continue(self, token: str) -> etree._Element:
        arguments = text_element("token", token)
        return self._ahead.call("ContinueRetrievePropertiesEx", self._collector, arguments)

    def _members(self, container: Reference) -> Iterator[Reference]:
        answer = self._worker.submit(self._retrieve, "ContainerView", (container,), ("view",))
        for element in answer.result().iter("{*}ManagedObjectReference"):
            yield Reference(element.get("type") or "", element.text or "")
