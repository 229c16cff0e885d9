"""Documents that are uploaded for the audit of a receiver."""

from __future__ import annotations

from wxdist.models._base import Answered, model
from wxdist.models.identifiers import FileId
from wxdist.models.limits import instruction

#: Stay under it: whether the documented "5M" is decimal or binary is unknown.
MOST_BYTES = 5_000_000

#: Content type by the ending of the file's name, in lower case.
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "bmp": "image/bmp",
    "png": "image/png",
}


@instruction
class FileMeta:
    """What is said, and signed, of an uploaded file.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_11.shtml
    """

    filename: str
    digest: str  #: SHA-256 of the file's bytes, 64 hex digits


@model
class UploadedFile(Answered):
    """The answer to an upload."""

    file_id: FileId
