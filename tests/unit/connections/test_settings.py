"""Where a connection's settings come from, and that credentials show nowhere."""

import pytest

from ringfence.connections.contexts import contexts_path, read_contexts
from ringfence.connections.settings import (
    Endpoint,
    Secret,
    TlsSettings,
    VsphereSettings,
    endpoint_of,
    normal_thumbprint,
)
from ringfence.connections.vsphere_settings import vsphere_settings
from ringfence.foundation.errors import UsageError
from vsphere_stub import CERTIFICATE

SHA1 = "AB:" * 19 + "CD"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    monkeypatch.setattr(
        "ringfence.connections.vsphere_settings.stored_password", lambda *_: Secret("")
    )


@pytest.fixture
def contexts(tmp_path):
    def write(content):
        path = tmp_path / "contexts.toml"
        path.write_text(content)
        return {"RINGFENCE_CONTEXTS": str(path), "HOME": str(tmp_path)}

    return write


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("vcenter.example", Endpoint("vcenter.example")),
        ("https://vcenter.example/sdk", Endpoint("vcenter.example")),
        ("https://vcenter.example:8443/", Endpoint("vcenter.example", 8443)),
        ("vcenter.example:8443/proxy/sdk/", Endpoint("vcenter.example", 8443, "/proxy/sdk")),
        ("https://[2001:db8::1]:444/sdk", Endpoint("2001:db8::1", 444)),
    ],
)
def test_addresses_as_people_write_them(url, endpoint):
    assert endpoint_of(url) == (endpoint, "", Secret(""))


def test_an_address_shows_its_port_only_where_it_is_not_the_usual_one():
    assert str(Endpoint("vcenter.example")) == "vcenter.example"
    assert str(Endpoint("2001:db8::1", 8443)) == "[2001:db8::1]:8443"


def test_user_and_password_in_an_address_are_decoded():
    _, user, password = endpoint_of("https://me%40vsphere.local:p%3Aw@vcenter.example")
    assert (user, password.reveal()) == ("me@vsphere.local", "p:w")


@pytest.mark.parametrize("url", ["http://v.example", "https://", "https://v.example:x", "ftp://v"])
def test_other_addresses_are_refused_without_repeating_a_password(url):
    with pytest.raises(UsageError) as told:
        endpoint_of(url.replace("//", "//me:hidden@"))
    assert "hidden" not in str(told.value)


def test_no_representation_shows_a_credential():
    settings = VsphereSettings(Endpoint("v"), "me", Secret("hidden"), Secret("hidden"))
    assert "hidden" not in f"{settings!r} {settings} {settings.password} {settings.password!r}"
    assert settings.password == Secret("hidden")
    assert len({settings.password, Secret("hidden"), Secret("other")}) == 2


def test_thumbprints_are_normalised_or_refused():
    assert normal_thumbprint(SHA1) == "ab" * 19 + "cd"
    assert normal_thumbprint("a1" * 32) == "a1" * 32
    for wrong in ("", "ab", "zz" * 20):
        with pytest.raises(UsageError, match="SHA-1"):
            normal_thumbprint(wrong)


def test_govc_variables():
    settings = vsphere_settings(
        {
            "GOVC_URL": "https://from-url:in-url@vcenter.example",
            "GOVC_USERNAME": "reader",
            "GOVC_PASSWORD": "word",
            "GOVC_INSECURE": "1",
            "GOVC_TLS_CA_CERTS": str(CERTIFICATE),
            "VSPHERE_SERVER": "not-this-one",
        }
    )
    assert settings.endpoint == Endpoint("vcenter.example")
    assert (settings.user, settings.password.reveal()) == ("reader", "word")
    assert settings.tls == TlsSettings(verify=False, ca_file=CERTIFICATE)


def test_terraform_variables():
    settings = vsphere_settings(
        {
            "VSPHERE_SERVER": "vcenter.example",
            "VSPHERE_USER": "reader",
            "VSPHERE_PASSWORD": "word",
            "VSPHERE_THUMBPRINT": SHA1,
            "RINGFENCE_TIMEOUT": "7.5",
        }
    )
    assert settings.tls == TlsSettings(thumbprint="ab" * 19 + "cd")
    assert settings.timeout == 7.5


def test_thumbprints_that_govc_remembers(tmp_path):
    known = tmp_path / "known_hosts"
    known.write_text(f"other.example:443 {'11:' * 19}11\nvcenter.example:443 {SHA1}\n")
    settings = vsphere_settings({"GOVC_URL": "vcenter.example", "GOVC_TLS_KNOWN_HOSTS": str(known)})
    assert settings.tls.thumbprint == "ab" * 19 + "cd"
    with pytest.raises(UsageError, match="known hosts"):
        vsphere_settings({"GOVC_URL": "v", "GOVC_TLS_KNOWN_HOSTS": str(tmp_path / "none")})


def test_several_files_of_authorities_are_told():
    with pytest.raises(UsageError, match="only one is read"):
        vsphere_settings({"GOVC_URL": "v", "GOVC_TLS_CA_CERTS": "a.pem:b.pem"})


def test_no_address_and_a_wrong_timeout_are_told():
    with pytest.raises(UsageError, match="No server was named"):
        vsphere_settings({})
    with pytest.raises(UsageError, match="expected seconds"):
        vsphere_settings({"GOVC_URL": "v", "RINGFENCE_TIMEOUT": "soon"})


def test_an_address_given_outright_wins_over_the_environment():
    settings = vsphere_settings({"GOVC_URL": "v", "GOVC_USERNAME": "a"}, url="w", user="b")
    assert (settings.endpoint.host, settings.user) == ("w", "b")


def test_a_context_names_everything_but_the_credential(contexts, tmp_path):
    (tmp_path / "word").write_text("from-file\n")
    environment = contexts(
        """
        [harbour]
        url = "vcenter.harbour.example"
        user = "reader"
        password-file = "word"
        thumbprint = "SHA1"
        ca-file = "ca.pem"
        timeout = 12
        [other]
        url = "other.example"
        token-variable = "TOKEN"
        bearer = true
        verify = false
        """.replace("SHA1", SHA1)
    )
    settings = vsphere_settings(environment, context="harbour")
    assert settings.password.reveal() == "from-file"
    assert settings.tls == TlsSettings(thumbprint="ab" * 19 + "cd", ca_file=tmp_path / "ca.pem")
    assert (settings.timeout, settings.name) == (12.0, "harbour")
    other = vsphere_settings({**environment, "TOKEN": "t"}, context="other")
    assert (other.token.reveal(), other.bearer, other.tls.verify) == ("t", True, False)
    moved = vsphere_settings(environment, context="harbour", url="elsewhere.example", user="me")
    assert (moved.endpoint.host, moved.user, bool(moved.password)) == (
        "elsewhere.example",
        "me",
        False,
    )


def test_every_mistake_in_a_file_of_contexts_is_told(contexts):
    environment = contexts(
        """
        top = 1
        [a]
        url = "v"
        password = "hidden"
        thumprint = "x"
        [b]
        user = 3
        verify = 1
        """
    )
    with pytest.raises(UsageError) as told:
        vsphere_settings(environment, context="a")
    message = str(told.value)
    for part in (
        "[top] is not a table",
        "[a] holds a password",
        "did you mean thumbprint?",
        "[b] has a value of the wrong type for user",
        "[b] has a value of the wrong type for verify",
        "[b] has no url",
    ):
        assert part in message
    assert "hidden" not in message


def test_unknown_contexts_missing_variables_and_files_are_told(contexts):
    environment = contexts(
        """
        [harbour]
        url = "https://u:hidden@v"
        [variable]
        url = "v"
        password-variable = "NOT_SET"
        [file]
        url = "v"
        password-file = "none"
        """
    )
    with pytest.raises(UsageError, match="Did you mean 'harbour'"):
        vsphere_settings(environment, context="harbor")
    with pytest.raises(UsageError, match=r"Add a table \[z\]"):
        vsphere_settings(environment, context="z")
    with pytest.raises(UsageError, match="holds a password"):
        vsphere_settings(environment, context="harbour")
    with pytest.raises(UsageError, match="NOT_SET"):
        vsphere_settings(environment, context="variable")
    with pytest.raises(UsageError, match="cannot be read"):
        vsphere_settings(environment, context="file")


def test_a_file_that_is_no_toml_and_none_at_all(contexts, tmp_path):
    with pytest.raises(UsageError, match="is not TOML"):
        vsphere_settings(contexts("["), context="a")
    assert read_contexts(tmp_path / "none.toml") == {}
    with pytest.raises(UsageError, match="cannot be read"):
        read_contexts(tmp_path)


def test_where_the_file_of_contexts_is():
    assert contexts_path({"HOME": "/h"}).as_posix() == "/h/.config/ringfence/contexts.toml"
    assert contexts_path({"XDG_CONFIG_HOME": "/x"}).as_posix() == "/x/ringfence/contexts.toml"


def test_a_password_may_be_in_the_keyring(monkeypatch):
    asked = []

    def stored(endpoint, user):
        asked.append((str(endpoint), user))
        return Secret("from-keyring")

    monkeypatch.setattr("ringfence.connections.vsphere_settings.stored_password", stored)
    settings = vsphere_settings({"GOVC_URL": "v.example", "GOVC_USERNAME": "reader"})
    assert settings.password.reveal() == "from-keyring"
    assert asked == [("v.example", "reader")]
