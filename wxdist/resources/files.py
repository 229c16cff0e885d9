"""Documents for the audit of a receiver."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from wxdist.errors import InvalidInput
from wxdist.models import FileId, FileMeta, UploadedFile
from wxdist.models.files import MOST_BYTES
from wxdist.resources._call import Endpoint, ForMerchant, Resource
from wxdist.transport.calls import Content
from wxdist.transport.retrying import Kind
from wxdist.wire import codec
from wxdist.wire.multipart import multipart

UPLOAD = Endpoint(
    name="files.upload",
    method="POST",
    path="/v3/global/merchant-storage/file/upload",
    kind=Kind.REPEATABLE,
    answer=UploadedFile,
    sub_mchid=ForMerchant.NEVER,
)


class Files(Resource):
    """Files stored with the service."""

    async def upload(
        self, file: str | os.PathLike[str] | bytes, *, filename: str | None = None
    ) -> FileId:
        """Upload a document and return its id.

        May be repeated; another id may come back. How long an id lives is not documented. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_11.shtml

        Args:
            file: the path of a PDF, JPG, BMP or PNG file, or its bytes; under 5 000 000 bytes.
            filename: its name, ending in .pdf, .jpg, .bmp or .png, at most 256 characters;
                ``None`` takes the path's, and is refused for bytes.

        Raises:
            InvalidInput: an empty or too large file, a name that is refused, or no such file.
            OutcomeUnknown: it may or may not be stored: upload it again.
        """
        if filename is None and isinstance(file, bytes):
            raise InvalidInput("filename", "is needed when the bytes are given")
        content = file if isinstance(file, bytes) else _read(file)
        if not 0 < len(content) < MOST_BYTES:
            raise InvalidInput("file", f"must have 1 to {MOST_BYTES - 1} bytes; got {len(content)}")
        meta = FileMeta(
            filename=filename if filename is not None else Path(os.fspath(file)).name,  # type: ignore[arg-type]  # bytes come with a name
            digest=hashlib.sha256(content).hexdigest(),
        )
        body = self._body(meta, content)
        answer = await self._ask(UPLOAD, content=lambda _: body)
        return answer.file_id

    def _body(self, meta: FileMeta, content: bytes) -> Content:
        digest_key = self._caller.settings.upload_digest_key
        text = codec.to_bytes({"filename": meta.filename, digest_key: meta.digest})
        boundary = secrets.token_hex(16)
        return Content(
            body=multipart(text, meta, content, boundary=boundary),
            signed=text,
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )


def _read(path: str | os.PathLike[str]) -> bytes:
    """Return the file's bytes, no more than can be sent."""
    try:
        with Path(path).open("rb") as opened:
            return opened.read(MOST_BYTES)
    except (OSError, TypeError, ValueError) as error:  # a path that is none, too
        why = error.strerror if isinstance(error, OSError) else "is no path, and not bytes"
        raise InvalidInput("file", f"cannot be read: {why}") from error
