"""The page: templates, style and script put together under a strict policy of their own."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import ringfence
from ringfence.foundation.text import for_terminal
from ringfence.report.format import ReportInput
from ringfence.report.html.sections import context
from ringfence.report.pictures.palette import style_sheet

_STYLES: Final = ("page.css", "parts.css", "print.css")


def render(told: ReportInput) -> str:
    """Return the report as one HTML file without any outside resource.

    Style and script are admitted by their hashes alone, so nothing that came in with a name
    could run even if it were not escaped.
    """
    style = style_sheet() + "".join(_asset(name) for name in _STYLES)
    script = _asset("page.js")
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            **context(told),
            style=Markup(style),  # noqa: S704 (our own file)
            script=Markup(script),  # noqa: S704 (our own file)
            content_security_policy=content_security_policy(style, script),
            program_version=ringfence.__version__,
        )
    )


def environment() -> Environment:
    """Return the environment of the templates: everything escaped, controls made visible."""
    return Environment(
        loader=PackageLoader("ringfence.report.html"),
        autoescape=True,
        finalize=_safe,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def content_security_policy(style: str, script: str) -> str:
    """Return a policy that loads nothing and admits this style and this script by their hash."""
    return (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )


def _safe(value: Any) -> Any:
    # Jinja calls it for every expression that is printed, so that none can be forgotten.
    if isinstance(value, str) and not isinstance(value, Markup):
        return for_terminal(value)
    return value


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return (files("ringfence.report.html") / "assets" / name).read_text(encoding="utf-8")
