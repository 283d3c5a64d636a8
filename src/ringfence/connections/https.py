"""Requests over a verified HTTPS connection, with bounds on time and size."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.connections.settings import Endpoint, TlsSettings
from ringfence.connections.tls import failure, open_https
from ringfence.foundation.errors import ConnectionFailedError

MOST_BYTES: Final = 256 * 1024**2
_CHUNK: Final = 1024**2
# A server that keeps dripping bytes is given up after this many times the patience for one.
_LONGEST_ANSWER: Final = 20


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpsClient:
    """One connection to one server, opened again where the server closed it between requests."""

    def __init__(
        self, endpoint: Endpoint, tls: TlsSettings, timeout: float, most_bytes: int = MOST_BYTES
    ) -> None:
        self.endpoint = endpoint
        self._tls = tls
        self._timeout = timeout
        self._most_bytes = most_bytes
        self._connection: http.client.HTTPSConnection | None = None

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return the server's answer, read to its end.

        Redirects are not followed: credentials go to the server that was asked for and to no
        other. Raises ``ConnectionFailedError`` and ``CertificateRefusedError``.
        """
        connection = self._opened()
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            with connection.getresponse() as response:
                content = self._body(response)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise failure(self.endpoint, error, self._timeout) from error
        except ConnectionFailedError:
            self.close()
            raise
        names = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close:
            self.close()
        return Answer(response.status, names, content)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> http.client.HTTPSConnection:
        if self._connection is None:
            self._connection = open_https(self.endpoint, self._tls, self._timeout)
        return self._connection

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        deadline = time.monotonic() + self._timeout * _LONGEST_ANSWER
        chunks: list[bytes] = []
        size = 0
        while chunk := response.read1(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._most_bytes:
                raise ConnectionFailedError(
                    f"{self.endpoint} sent an answer of more than {self._most_bytes >> 20} MiB, "
                    "which no page of a reading is; it was given up.",
                    "Check that the address is that of a vCenter Server or ESXi host.",
                )
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        response.read()  # nothing is left; the connection is then free for the next request
        return b"".join(chunks)
