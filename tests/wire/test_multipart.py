"""The body of a file upload."""

import email.parser
import email.policy

import pytest

from wxdist.models import FileMeta
from wxdist.wire.multipart import multipart

META = b'{"filename":"a.pdf"}'


def parts(filename, content=b"%PDF\r\n--edge\r\n\0\xff"):
    """Return the parts of an upload as another reader of the format sees them."""
    file = FileMeta(filename=filename, digest="0" * 64)
    body = multipart(META, file, content, boundary="edge0")
    head = b"Content-Type: multipart/form-data; boundary=edge0\r\n\r\n"
    found = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    return list(found.iter_parts())


def test_two_parts():
    """The first part is the JSON text, the second the file's bytes as they are."""
    meta, file = parts("a.pdf")

    assert ("meta", "application/json", META) == (
        meta.get_param("name", header="content-disposition"),
        meta.get_content_type(),
        meta.get_payload(decode=True),
    )
    assert ("file", "a.pdf", b"%PDF\r\n--edge\r\n\0\xff") == (
        file.get_param("name", header="content-disposition"),
        file.get_filename(),
        file.get_payload(decode=True),
    )


@pytest.mark.parametrize(
    ("filename", "kind"),
    [
        ("a.pdf", "application/pdf"),
        ("a.JPG", "image/jpeg"),
        ("a.b.bmp", "image/bmp"),
        ("a.Png", "image/png"),
    ],
)
def test_content_type(filename, kind):
    """The ending of the name tells the kind, in any case."""
    assert kind == parts(filename)[1].get_content_type()


def test_bytes():
    """Every line ends with CR LF; quotes in the name cannot end it, other text is UTF-8."""
    file = FileMeta(filename='合"同.pdf', digest="0" * 64)

    assert (
        b'--e\r\nContent-Disposition: form-data; name="meta"\r\n'
        b"Content-Type: application/json\r\n\r\n{}\r\n"
        b'--e\r\nContent-Disposition: form-data; name="file"; filename="'
        + "合%22同.pdf".encode()
        + b'"\r\nContent-Type: application/pdf\r\n\r\nX\r\n--e--\r\n'
    ) == multipart(b"{}", file, b"X", boundary="e")
