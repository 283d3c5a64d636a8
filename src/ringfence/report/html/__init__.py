"""The report as one HTML file that needs nothing else, and prints well."""

from ringfence.report.format import Format

FORMAT = Format(
    name="html",
    description="one self-contained page with pictures, for people",
    render="ringfence.report.html.page:render",
    suffix=".html",
)
