"""The text of a check, for people: on the terminal and in the documentation."""

from __future__ import annotations

from importlib.resources import files

from ringfence.audit.check import Check
from ringfence.foundation.errors import DefectError


def explain(check: Check) -> str:
    """Return everything there is to say about a check, as Markdown with headings of level 2 and 3.

    Raises ``DefectError`` where the check has no page.
    """
    controls = f"Controls: {', '.join(check.controls)}."
    return "\n".join(
        (
            f"## {check.title}",
            "",
            f"`{check.id}`: {check.severity} severity, checklist item {check.item}.",
            "",
            f"**{check.asks}** {check.matters}",
            "",
            page(check),
            "",
            "### What to do",
            "",
            check.remedy,
            "",
            controls if check.controls else "No published guide has a control for it.",
            "",
        )
    )


def page(check: Check) -> str:
    """Return the check's own page, which lies beside the function that examines.

    Raises ``DefectError`` where there is none.
    """
    package, _, _ = check.examine.partition(":")[0].rpartition(".")
    try:
        return files(package).joinpath("page.md").read_text(encoding="utf-8").strip()
    except (OSError, ModuleNotFoundError) as error:
        message = f"The check {check.id} has no page: {error}."
        raise DefectError(
            message, "Reinstall ringfence, or remove the package it is from."
        ) from error
