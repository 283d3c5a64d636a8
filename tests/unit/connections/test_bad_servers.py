"""Whatever a server does, the user is told one clear sentence, in time, and nothing is leaked."""

import hashlib
import socket
import ssl
import threading

import pytest

from ringfence.connections.https import HttpsClient
from ringfence.connections.settings import Endpoint, Secret, TlsSettings, VsphereSettings
from ringfence.connections.soap import Reference, SoapClient, VsphereFaultError
from ringfence.connections.vsphere import connect
from ringfence.foundation.errors import (
    CertificateRefusedError,
    ConnectionFailedError,
    LoginRefusedError,
    UsageError,
)
from vsphere_stub import (
    CERTIFICATE,
    OTHER_CERTIFICATE,
    Fault,
    answers,
    listening,
    read_request,
    reply,
    settings,
    stub,
)

SERVICE = Reference("ServiceInstance", "ServiceInstance")


def sha256_of(certificate):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()


def refused(**given):
    def answer(_):
        raise Fault("InvalidLogin", message="Cannot complete login.")

    return answers(Login=answer, **given)


def test_a_good_server_is_logged_in_to_and_tells_who_it_is():
    with stub(answers()) as port, connect(settings(port)) as connection:
        assert connection.is_vcenter
        assert connection.about["fullName"] == "VMware vCenter Server 8.0.2"
        assert connection.managers["rootFolder"] == Reference("Folder", "group-d1")


def test_a_refused_login_is_told_without_the_password():
    with stub(refused()) as port, pytest.raises(LoginRefusedError) as told:
        connect(settings(port))
    assert "refused the login of reader: Cannot complete login." in str(told.value)
    assert "never-shown" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_refused_login_is_tried_once_so_that_the_account_is_not_locked():
    tries = []

    def login(_):
        tries.append(1)
        raise Fault("InvalidLogin")

    with stub(answers(Login=login)) as port, pytest.raises(LoginRefusedError):
        connect(settings(port))
    assert len(tries) == 1


def test_another_fault_at_login_is_told_by_its_kind():
    def login(_):
        raise Fault("InvalidState", message="starting up")

    with (
        stub(answers(Login=login)) as port,
        pytest.raises(LoginRefusedError, match="InvalidState"),
    ):
        connect(settings(port))


def test_an_answer_to_the_login_that_is_not_the_api_is_told():
    with (
        stub(answers(Login=lambda _: "<returnval><key>1</key><userName><x/></userName>")) as port,
        pytest.raises(ConnectionFailedError, match="not the vSphere API"),
    ):
        connect(settings(port))


def test_without_credentials_nothing_is_sent():
    with stub(answers()) as port:
        nobody = VsphereSettings(
            endpoint=Endpoint("localhost", port), tls=TlsSettings(ca_file=CERTIFICATE)
        )
        with pytest.raises(UsageError, match="no account"):
            connect(nobody)


def test_a_certificate_that_is_not_trusted_is_refused_with_its_thumbprint():
    with stub(answers()) as port, pytest.raises(CertificateRefusedError) as told:
        connect(settings(port, tls=TlsSettings()))
    assert sha256_of(CERTIFICATE) in str(told.value)
    assert "Nothing was sent" in str(told.value)


def test_a_certificate_for_another_name_is_refused():
    with (
        listening(lambda _: None, OTHER_CERTIFICATE) as port,
        pytest.raises(CertificateRefusedError, match="localhost"),
    ):
        connect(settings(port, tls=TlsSettings(ca_file=OTHER_CERTIFICATE)))


def test_a_thumbprint_accepts_exactly_its_certificate():
    pinned = TlsSettings(thumbprint=sha256_of(CERTIFICATE))
    with stub(answers()) as port, connect(settings(port, tls=pinned)) as connection:
        assert connection.is_vcenter
    with stub(answers()) as port, pytest.raises(CertificateRefusedError) as told:
        connect(settings(port, tls=TlsSettings(thumbprint="ab" * 20)))
    assert "ab" * 20 in str(told.value)


def test_a_pinned_certificate_is_required_even_where_the_authority_is_trusted():
    tls = TlsSettings(ca_file=CERTIFICATE, thumbprint=sha256_of(OTHER_CERTIFICATE))
    with stub(answers()) as port, pytest.raises(CertificateRefusedError):
        connect(settings(port, tls=tls))


def test_nothing_is_sent_before_the_certificate_was_compared():
    received = []

    def behave(connection):
        received.append(connection.recv(100))

    with listening(behave) as port, pytest.raises(CertificateRefusedError):
        connect(settings(port, tls=TlsSettings(thumbprint="cd" * 32)))
    assert b"".join(received) == b""


def test_verification_can_be_switched_off():
    with stub(answers()) as port:
        connect(settings(port, tls=TlsSettings(verify=False))).close()


def test_a_missing_file_of_authorities_is_told(tmp_path):
    tls = TlsSettings(ca_file=tmp_path / "none.pem")
    with pytest.raises(CertificateRefusedError, match=r"none\.pem"):
        connect(settings(1, tls=tls))


def test_a_server_that_hangs_is_given_up_in_time():
    hanging = threading.Event()
    with (
        listening(lambda _: hanging.wait(10)) as port,
        pytest.raises(ConnectionFailedError, match=r"did not answer within 0\.3 seconds"),
    ):
        connect(settings(port, timeout=0.3))
    hanging.set()


def test_a_server_that_hangs_before_tls_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConnectionFailedError, match="did not answer within"):
            connect(settings(port, timeout=0.3))


def test_a_server_that_drips_is_given_up_in_time():
    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            threading.Event().wait(0.05)

    with (
        listening(behave) as port,
        pytest.raises(ConnectionFailedError, match="did not answer within"),
    ):
        connect(settings(port, timeout=0.06))


def test_a_connection_closed_in_the_middle_is_tried_again_and_then_told(monkeypatch):
    monkeypatch.setattr("ringfence.connections.soap._FIRST_PAUSE", 0.0)
    tries = []

    def behave(connection):
        head, _ = read_request(connection)
        if head.startswith("GET"):
            reply(
                connection,
                200,
                '<namespaces version="1.0"><namespace><name>urn:vim25</name>'
                "<version>8.0</version></namespace></namespaces>",
            )
            read_request(connection)
        tries.append(1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<?xml")

    with (
        listening(behave) as port,
        pytest.raises(ConnectionFailedError, match="closed the connection in the middle"),
    ):
        connect(settings(port))
    assert len(tries) == 3


def test_a_read_is_answered_where_the_connection_was_dropped_once(monkeypatch):
    monkeypatch.setattr("ringfence.connections.soap._FIRST_PAUSE", 0.0)
    tries = []

    def behave(connection):
        while read_request(connection) is not None:
            tries.append(1)
            if len(tries) == 1:
                return
            reply(connection, 200, '<E xmlns="x"><Body><R><v>1</v></R></Body></E>')

    with listening(behave) as port:
        client = HttpsClient(Endpoint("localhost", port), TlsSettings(ca_file=CERTIFICATE), 5)
        assert SoapClient(client).call("Read", SERVICE).findtext("{*}v") == "1"
        client.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<namespaces/>",
    ],
)
def test_what_is_no_vsphere_server_is_told(garbage):
    def behave(connection):
        read_request(connection)
        connection.sendall(garbage)

    with listening(behave) as port, pytest.raises(ConnectionFailedError) as told:
        connect(settings(port))
    assert str(port) in str(told.value)


def test_an_answer_that_does_not_end_is_given_up():
    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(64):
            connection.sendall(b"<x>" * 20000)

    with listening(behave) as port:
        tls = TlsSettings(ca_file=CERTIFICATE)
        client = HttpsClient(Endpoint("localhost", port), tls, 5, most_bytes=1 << 20)
        with pytest.raises(ConnectionFailedError, match="more than 1 MiB"):
            client.request("GET", "/")


def test_a_login_answer_that_does_not_end_is_given_up(monkeypatch):
    monkeypatch.setattr("ringfence.connections.vsphere_login._MOST_BYTES", 100_000)
    with (
        stub(answers(Login=lambda _: f"<returnval>{'<x/>' * 50_000}</returnval>")) as port,
        pytest.raises(ConnectionFailedError),
    ):
        connect(settings(port))


def test_plain_http_on_the_port_is_told():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def behave():
            accepted, _ = listener.accept()
            accepted.recv(1000)
            accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            accepted.close()

        thread = threading.Thread(target=behave, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(ConnectionFailedError, match="does not speak TLS"):
            connect(settings(port))
        thread.join()


def test_nothing_listening_and_unknown_names_are_told():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionFailedError, match="refused the connection"):
        connect(settings(port))
    nowhere = VsphereSettings(Endpoint("no-such-host.invalid"), "a", Secret("b"), timeout=5)
    with pytest.raises(ConnectionFailedError, match="is not known here"):
        connect(nowhere)


def test_a_fault_names_its_kind_and_what_it_is_about():
    def answer(_):
        raise Fault("InvalidProperty", "<name>config.new</name>", message="no &#x9b; such")

    with (
        stub(answers(Read=answer)) as port,
        connect(settings(port)) as connection,
        pytest.raises(VsphereFaultError, match=r"no \\x9b such") as told,
    ):
        connection.call("Read", SERVICE)
    assert (told.value.kind, told.value.subject) == ("InvalidProperty", "config.new")


def test_another_status_than_soap_has_is_told():
    with (
        stub(answers()) as port,
        connect(settings(port)) as connection,
        pytest.raises(ConnectionFailedError, match="HTTP status 404"),
    ):
        connection.call("NoSuchMethod", SERVICE)
