"""``init``: a first policy, written from what was read."""

from __future__ import annotations

from pathlib import Path

from ringfence.foundation.errors import RingfenceError, UsageError
from ringfence.foundation.progress import Progress
from ringfence.model.snapshot import Snapshot
from ringfence.policy.initial import initial_policy
from ringfence.policy.json_schema import FILE_NAME, schema_text


def init(snapshot: Snapshot, path: Path, progress: Progress, *, replace: bool) -> Path:
    """Write a first policy for ``snapshot`` to ``path``; return the path of its schema beside it.

    Its first line names the schema, so that editors complete and check it. Raises ``UsageError``
    where there is a file and ``replace`` is false, ``RingfenceError`` where it cannot be written.
    """
    if path.exists() and not replace:
        message = f"{path} is there already."
        raise UsageError(message, "Name another file with --output, or replace it with --replace.")
    progress.step("writing a first policy")
    schema = path.with_name(FILE_NAME)
    text = initial_policy(snapshot, schema.name)
    try:
        path.write_text(text, encoding="utf-8")
        schema.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        message = f"The policy {path} cannot be written: {error.strerror}."
        raise RingfenceError(message, "Give a path in a folder that you may write.") from error
    return schema
