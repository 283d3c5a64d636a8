"""This machine itself, read by the command line, live and saved."""

import json

from command_line import ringfence
from ringfence.model.snapshot_file import read_snapshot


def test_this_machine_is_read_the_same_live_and_saved(tmp_path):
    done = ringfence("collect", "--host", "local", "--bundle", "saved/hv1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Saved a host in saved/hv1." in done.stdout
    assert ringfence("collect", "saved", "-o", "a.ringfence", cwd=tmp_path).returncode == 0
    done = ringfence("collect", "--host", "local", "-o", "b.ringfence", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["counts"]["hosts"] == 1
    saved, live = (read_snapshot(tmp_path / f"{name}.ringfence") for name in "ab")
    assert [host.name for host in saved.hosts] == [host.name for host in live.hosts]


def test_hosts_and_a_folder_are_not_read_together(tmp_path):
    done = ringfence("collect", "saved", "--host", "local", cwd=tmp_path)
    assert done.returncode == 2
    assert "Both saved and Linux hosts were named." in done.stderr


def test_a_word_that_ssh_would_take_for_an_option_is_no_host(tmp_path):
    done = ringfence("collect", "--host=-oProxyCommand=true", cwd=tmp_path)
    assert done.returncode == 2
    assert "is no host" in done.stderr
