"""Small servers over TLS that speak as a vSphere server would, or misbehave.

The simulator is the real thing; these say what no simulator says: faults, missing properties,
answers that end in the middle.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ringfence.connections.settings import Endpoint, Secret, TlsSettings, VsphereSettings

TLS = Path(__file__).resolve().parents[1] / "data" / "tls"
CERTIFICATE = TLS / "server.pem"
OTHER_CERTIFICATE = TLS / "other.pem"
ENVELOPE = (
    '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><e:Body>{}</e:Body></e:Envelope>'
)
VERSIONS = (
    '<?xml version="1.0"?><namespaces version="1.0"><namespace><name>urn:vim25</name>'
    "<version>8.0.2.0</version><priorVersions><version>7.0</version></priorVersions>"
    "</namespace></namespaces>"
)
ABOUT = (
    "<about><name>VMware vCenter Server</name><fullName>VMware vCenter Server 8.0.2</fullName>"
    "<vendor>VMware, Inc.</vendor><version>8.0.2</version><build>1</build>"
    "<osType>linux-x64</osType><productLineId>vpx</productLineId><apiType>VirtualCenter</apiType>"
    "<apiVersion>8.0.2.0</apiVersion>"
    "<instanceUuid>0f0e0d0c-0000-4000-8000-000000000001</instanceUuid></about>"
)
MANAGERS = {
    "rootFolder": ("Folder", "group-d1"),
    "propertyCollector": ("PropertyCollector", "propertyCollector"),
    "viewManager": ("ViewManager", "ViewManager"),
    "setting": ("OptionManager", "VpxSettings"),
    "sessionManager": ("SessionManager", "SessionManager"),
    "authorizationManager": ("AuthorizationManager", "AuthorizationManager"),
}
Answerer = Callable[[str], str]


class Fault(Exception):  # noqa: N818 (the API's word)
    """Raised by an answerer: the call is answered with this fault."""

    def __init__(self, kind: str, detail: str = "", message: str = "no") -> None:
        super().__init__(kind)
        self.xml = (
            f"<e:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{message}</faultstring>"
            f'<detail><{kind}Fault xmlns="urn:vim25" xsi:type="{kind}">{detail}</{kind}Fault>'
            "</detail></e:Fault>"
        )


def returned(method: str, content: str) -> str:
    """A response element."""
    return f'<{method}Response xmlns="urn:vim25">{content}</{method}Response>'


def service_content(api_type: str = "VirtualCenter") -> str:
    """What RetrieveServiceContent returns."""
    managers = "".join(
        f'<{name} type="{kind}">{value}</{name}>' for name, (kind, value) in MANAGERS.items()
    )
    about = ABOUT.replace("VirtualCenter", api_type)
    order = managers.split("<viewManager", 1)
    return f"<returnval>{order[0]}<viewManager{order[1]}{about}</returnval>"


def user_session() -> str:
    """What Login returns."""
    return (
        "<returnval><key>session-1</key><userName>reader</userName><fullName>Reader</fullName>"
        "<loginTime>2026-11-01T00:00:00Z</loginTime><lastActiveTime>2026-11-01T00:00:00Z"
        "</lastActiveTime><locale>en</locale><messageLocale>en</messageLocale></returnval>"
    )


def answers(**more: Answerer) -> dict[str, Answerer]:
    """Answerers by method: what a login needs, and what was given."""
    return {
        "RetrieveServiceContent": lambda _: service_content(),
        "Login": lambda _: user_session(),
        "Logout": lambda _: "",
        "CurrentTime": lambda _: "<returnval>2026-11-01T00:00:00Z</returnval>",
        "DestroyView": lambda _: "",
        **more,
    }


def settings(port: int, *, timeout: float = 5, tls: TlsSettings | None = None) -> VsphereSettings:
    """Settings for a server of this module."""
    return VsphereSettings(
        endpoint=Endpoint("localhost", port),
        user="reader",
        password=Secret("never-shown"),
        tls=tls or TlsSettings(ca_file=CERTIFICATE),
        timeout=timeout,
    )


@contextmanager
def stub(answerers: dict[str, Answerer]) -> Iterator[int]:
    """A server that answers SOAP calls by ``answerers``; yields its port."""

    def behave(connection: ssl.SSLSocket) -> None:
        while (request := read_request(connection)) is not None:
            head, body = request
            if head.startswith("GET") and "vimServiceVersions" in head:
                reply(connection, 200, VERSIONS)
                continue
            called = re.search(r"Body>\s*<(\w+)", body)
            answerer = answerers.get(called[1]) if called else None
            if called is None or answerer is None:
                reply(connection, 404, "nothing is here")
                continue
            try:
                content = answerer(body)
            except Fault as fault:
                reply(connection, 500, ENVELOPE.format(fault.xml))
            else:
                reply(connection, 200, ENVELOPE.format(returned(called[1], content)))

    with listening(behave) as port:
        yield port


@contextmanager
def listening(
    behave: Callable[[ssl.SSLSocket], None], certificate: Path = CERTIFICATE
) -> Iterator[int]:
    """A TLS server that does with each connection what ``behave`` does; yields its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def serve(accepted: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(accepted, server_side=True) as connection:
            connection.settimeout(10)
            behave(connection)

    def accept() -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                accepted, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(accepted,), daemon=True)
                thread.start()
                threads.append(thread)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        accepting.join()
        listener.close()


def read_request(connection: ssl.SSLSocket) -> tuple[str, str] | None:
    """A request's head and body, ``None`` where the client is done."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    wanted = int(length[1]) if length else 0
    while len(body) < wanted:
        body += connection.recv(65536)
    return head.decode(), body.decode()


def reply(connection: ssl.SSLSocket, status: int, body: str) -> None:
    """Send an answer with a session cookie."""
    content = body.encode()
    connection.sendall(
        f"HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\nContent-Length: {len(content)}\r\n"
        'Set-Cookie: vmware_soap_session="s1"; Path=/; HttpOnly\r\n\r\n'.encode()
        + content
    )
