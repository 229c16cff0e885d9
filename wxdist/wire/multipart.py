"""The body of a file upload: two parts, of which only the first is signed."""

from __future__ import annotations

from wxdist.models import FileMeta
from wxdist.models.files import CONTENT_TYPES


def multipart(meta: bytes, file: FileMeta, content: bytes, *, boundary: str) -> bytes:
    """Return a ``multipart/form-data`` body: the JSON text *meta*, then the file.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_11.shtml
    """
    kind = CONTENT_TYPES[file.filename.rsplit(".", 1)[-1].lower()]
    name = file.filename.replace('"', "%22")
    edge = b"--" + boundary.encode("ascii")
    return b"\r\n".join(
        [
            edge,
            b'Content-Disposition: form-data; name="meta"',
            b"Content-Type: application/json",
            b"",
            meta,
            edge,
            f'Content-Disposition: form-data; name="file"; filename="{name}"'.encode(),
            f"Content-Type: {kind}".encode("ascii"),
            b"",
            content,
            edge + b"--",
            b"",
        ]
    )
