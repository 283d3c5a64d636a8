"""The report on a terminal, by rich: the caller's console decides on colour and width."""

from ringfence.report.format import Format

FORMAT = Format(
    name="terminal",
    description="matrix, witnesses and findings as text",
    render="ringfence.report.terminal.page:render",
    suffix=".txt",
)
