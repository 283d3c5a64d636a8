"""What a person reads of a lab that was verified."""

from running_lab import lab, lab_json


def test_what_a_person_reads() -> None:
    lab_json("up", "full-collapse")
    shown = lab("verify")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("Proof and packets agree: ")
    assert "PROVED    12 of 12" in shown.stdout
    lab_json("break", "any-rule")
    shown = lab("verify")
    assert shown.returncode == 14
    assert "VIOLATED  1 of 12: dmz → cardholder" in shown.stdout
    assert lab_json("verify")["agrees"] is True
