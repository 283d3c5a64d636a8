"""``ringfence collect`` against a live server: what it takes, and what bad servers get."""

import json
from pathlib import Path

import pytest

from command_line import ringfence
from datacenter.harbour import harbour
from datacenter.simulator import Behaviour, Server, serve
from ringfence.cli.exit_codes import ExitCode
from ringfence.model.snapshot_file import read_snapshot

OUTPUT = "harbour.ringfence"
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def server():
    """The clean Harbour, which nobody here changes."""
    scenario = harbour()
    scenario["server"]["password"] = PASSWORD
    with serve(scenario) as running:
        yield running


def login(server: Server, **others: str) -> dict[str, str]:
    """The environment that logs in to a server, its certificate verified."""
    return {
        "GOVC_URL": server.url,
        "GOVC_USERNAME": server.user,
        "GOVC_PASSWORD": server.password,
        "GOVC_TLS_CA_CERTS": str(server.certificate),
        **others,
    }


def refused(folder: Path, server: Server, *options: str, **settings: str) -> str:
    """What is said of a collection that fails: one sentence, and no file, not even half of one."""
    done = ringfence("collect", *options, cwd=folder, **login(server, **settings))
    assert done.returncode == ExitCode.ERROR, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("ringfence: ")
    assert list(folder.iterdir()) == []
    return done.stderr


def test_everything_is_read_and_no_credential_is_kept(tmp_path: Path, server: Server) -> None:
    done = ringfence("collect", "-o", OUTPUT, cwd=tmp_path, **login(server))
    assert done.returncode == ExitCode.CLEAN, done.stderr
    assert "4 hosts" in done.stdout
    assert "62 machines" in done.stdout
    assert done.stderr == ""
    assert PASSWORD not in str(read_snapshot(tmp_path / OUTPUT))


def test_what_was_read_is_told_as_json(tmp_path: Path, server: Server) -> None:
    done = ringfence("collect", "-o", OUTPUT, "--json", cwd=tmp_path, **login(server))
    document = json.loads(done.stdout)
    assert document["counts"]["hosts"] == 4
    assert document["stable"] is True
    assert document["unread"] == 0


def test_a_named_context_says_where_and_as_whom(tmp_path: Path, server: Server) -> None:
    contexts = tmp_path / "contexts.toml"
    contexts.write_text(
        f'[harbour]\nurl = "{server.url}"\nuser = "{server.user}"\n'
        f'password-variable = "HARBOUR_PASSWORD"\nthumbprint = "{server.sha256}"\n'
    )
    done = ringfence(
        *("collect", "--context", "harbour", "-o", OUTPUT),
        cwd=tmp_path,
        RINGFENCE_CONTEXTS=str(contexts),
        HARBOUR_PASSWORD=server.password,
    )
    assert done.returncode == ExitCode.CLEAN, done.stderr


def test_a_thumbprint_stands_in_for_an_authority(tmp_path: Path, server: Server) -> None:
    settings = login(server, GOVC_TLS_CA_CERTS="")
    options = ("--thumbprint", server.sha256, "-o", OUTPUT)
    done = ringfence("collect", *options, cwd=tmp_path, **settings)
    assert done.returncode == ExitCode.CLEAN, done.stderr


def test_an_account_is_compared_with_the_published_role(tmp_path: Path, server: Server) -> None:
    done = ringfence("collect", "--preflight", cwd=tmp_path, **login(server))
    assert done.returncode == ExitCode.CLEAN, done.stderr
    assert f"{server.user} may read every fact" in done.stdout
    assert list(tmp_path.iterdir()) == []
    told = ringfence("collect", "--preflight", "--json", cwd=tmp_path, **login(server))
    assert json.loads(told.stdout)["lacks"] == []


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, server: Server) -> None:
    assert "certificate" in refused(tmp_path, server, GOVC_TLS_CA_CERTS="")
    wrong = "00" * 32
    assert "thumbprint" in refused(tmp_path, server, "--thumbprint", wrong)


def test_a_refused_login(tmp_path: Path, server: Server) -> None:
    told = refused(tmp_path, server, GOVC_PASSWORD="hunter2")
    assert "refused the login" in told
    assert "hunter2" not in told


def test_nobody_there(tmp_path: Path, server: Server) -> None:
    refused(tmp_path, server, "--server", "https://127.0.0.1:9/sdk")


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour(hang_after=8), Behaviour(drop_after=8)],
    ids=["hangs", "breaks off"],
)
def test_a_server_that_stops_in_the_middle(tmp_path: Path, behaviour: Behaviour) -> None:
    with serve(harbour(), behaviour=behaviour) as server:
        refused(tmp_path, server, RINGFENCE_TIMEOUT="2")


def test_what_the_account_may_not_read_is_said(tmp_path: Path) -> None:
    behaviour = Behaviour(deny=["HostSystem:config.firewall"])
    with serve(harbour(), behaviour=behaviour) as server:
        done = ringfence("collect", "-o", OUTPUT, cwd=tmp_path, **login(server))
    assert done.returncode == ExitCode.CLEAN, done.stderr
    assert "could not be read" in done.stdout
    shown = ringfence("show", "unread", OUTPUT, "--json", cwd=tmp_path)
    rows = json.loads(shown.stdout)["rows"]
    assert {row["property"] for row in rows} == {"config.firewall"}
    assert {row["reason"] for row in rows} == {"no-permission"}
