"""What an account lacks, before anything is read."""

import re

import pytest

from ringfence.connections.vsphere import connect
from ringfence.foundation.errors import SourceError
from ringfence.sources.vsphere import SOURCE
from ringfence.sources.vsphere.catalogue import CATALOGUE
from ringfence.sources.vsphere.preflight import preflight
from vsphere_inventory import Inventory
from vsphere_stub import Fault, settings, stub

SERVED = Inventory(
    {
        ("Folder", "group-d1"): {"name": "Datacenters"},
        ("SessionManager", "SessionManager"): {"currentSession": "UserSession|<key>s-1</key>"},
        ("Datacenter", "datacenter-1"): {"name": "Harbour"},
    }
)


def granting(denied):
    """An answerer that denies (object, privilege) pairs."""

    def answer(body):
        assert "<sessionId>s-1</sessionId>" in body
        entities = re.findall(r'<entity type="\w+">([^<]+)</entity>', body)
        privileges = re.findall(r"<privId>([^<]+)</privId>", body)
        return "".join(
            f'<returnval><entity type="Folder">{entity}</entity>'
            + "".join(
                f"<privAvailability><privId>{privilege}</privId><isGranted>"
                f"{'false' if (entity, privilege) in denied else 'true'}</isGranted>"
                "</privAvailability>"
                for privilege in privileges
            )
            + "</returnval>"
            for entity in entities
        )

    return answer


def checked(denied):
    served = SERVED.answers(HasPrivilegeOnEntities=granting(denied))
    with stub(served) as port, connect(settings(port)) as connection:
        return preflight(connection)


def test_an_account_with_the_whole_role():
    report = checked(set())
    assert report.complete
    assert "may read every fact" in report.sentence()
    assert report.privileges == ("Global.Settings", "System.Read", "System.View")


def test_an_account_that_lacks_a_privilege_on_one_object():
    report = checked({("datacenter-1", "Global.Settings")})
    (lack,) = report.lacks
    assert (lack.privilege, lack.objects, lack.everywhere) == (
        "Global.Settings",
        ("datacenter-1",),
        False,
    )
    assert lack.facts == ("HostAccessManager: accounts outside lockdown",)
    assert lack.verdicts == ("audit of lockdown",)
    assert "lacks Global.Settings" in report.sentence()
    assert "audit of lockdown would be UNKNOWN" in report.sentence()


def test_an_account_that_may_read_nothing():
    objects = ("group-d1", "datacenter-1", "SessionManager")
    report = checked({(moid, "System.Read") for moid in objects})
    (lack,) = report.lacks
    assert lack.everywhere
    assert set(lack.lost) == {entry for entry in CATALOGUE if entry.privilege == "System.Read"}
    assert "every verdict" in lack.verdicts


def test_a_server_that_does_not_tell():
    def refuse(_):
        raise Fault("NotSupported")

    served = SERVED.answers(HasPrivilegeOnEntities=refuse)
    with (
        stub(served) as port,
        connect(settings(port)) as connection,
        pytest.raises(SourceError, match="NotSupported"),
    ):
        preflight(connection)


def test_a_server_that_does_not_tell_the_session():
    nobody = Inventory({("Folder", "group-d1"): {"name": "x"}})
    with (
        stub(nobody.answers()) as port,
        connect(settings(port)) as connection,
        pytest.raises(SourceError, match="does not tell the session"),
    ):
        SOURCE.preflight(connection)
