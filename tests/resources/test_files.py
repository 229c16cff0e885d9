"""Documents: read from a path or given as bytes, checked before they leave."""

import hashlib
from pathlib import Path

import pytest

from wxdist import InvalidInput
from wxdist.models.files import MOST_BYTES
from wxdist.sandbox import Sandbox


@pytest.fixture
async def talk(serve, service, connect):
    """Make a session with a true service."""
    wire = await serve(service)
    return wire, connect(wire)


def parts(sent):
    """Return the two parts of an upload, head and content."""
    edge = b"--" + sent.headers["content-type"].partition("boundary=")[2].encode()
    _, *inner, _ = sent.body.split(edge)
    return [
        part.removesuffix(b"\r\n").removeprefix(b"\r\n").split(b"\r\n\r\n", 1) for part in inner
    ]


KINDS = {
    "a.pdf": "application/pdf",
    "a.jpg": "image/jpeg",
    "a.BMP": "image/bmp",
    "授权书.png": "image/png",
}


@pytest.mark.parametrize("filename", KINDS)
@pytest.mark.parametrize("as_text", [True, False])
async def test_a_path(talk, tmp_path, filename, as_text):
    """A file is sent under its own name, with the type of its ending."""
    wire, session = talk
    path = tmp_path / filename
    path.write_bytes(b"\r\n--content\x00")

    file_id = await session.files.upload(str(path) if as_text else path)

    (meta, text), (head, content) = parts(wire.sent[0])
    digest = hashlib.sha256(b"\r\n--content\x00").hexdigest()
    assert f'{{"filename":"{filename}","digest":"{digest}"}}' == text.decode()
    assert b"\r\n--content\x00" == content
    assert f"Content-Type: {KINDS[filename]}" in head.decode()
    assert b"application/json" in meta
    assert "FILE0123456789ABCDEF" == file_id


async def test_another_name(talk, tmp_path):
    """A name that is given counts before that of the path."""
    wire, session = talk
    path = tmp_path / "scan"
    path.write_bytes(b"%PDF")

    await session.files.upload(path, filename="contract.pdf")

    assert b'"filename":"contract.pdf"' in wire.sent[0].body


async def test_the_other_key_of_the_digest(talk):
    """The digest may go under the key of the signing sample."""
    wire, session = talk

    await session.with_options(upload_digest_key="sha256").files.upload(b"%PDF", filename="a.pdf")

    assert b'"sha256":"' in wire.sent[0].body
    assert b'"digest"' not in wire.sent[0].body


NAMES = [
    "",
    "a",
    "a.gif",
    "a.pdf.exe",
    "/etc/a.pdf",
    "..\\a.pdf",
    "a\r\n.pdf",
    "a" * 253 + ".pdf",
    7,
]


@pytest.mark.parametrize("filename", NAMES, ids=lambda name: ascii(name)[:20])
async def test_names_that_are_refused(talk, filename):
    """A name with another ending, a folder or a line break is refused."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^filename: "):
        await session.files.upload(b"%PDF", filename=filename)

    assert [] == wire.sent


async def test_bytes_without_a_name(talk):
    """Bytes need a name."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^filename: is needed"):
        await session.files.upload(b"%PDF")

    assert [] == wire.sent


@pytest.mark.parametrize("size", [0, MOST_BYTES, MOST_BYTES + 1000])
async def test_sizes_that_are_refused(talk, tmp_path, size):
    """A file is not empty and stays under the limit, from a path and as bytes."""
    wire, session = talk
    path = tmp_path / "a.pdf"
    with path.open("wb") as file:
        file.truncate(size)

    for given in ({"file": path}, {"file": bytes(size), "filename": "a.pdf"}):
        with pytest.raises(InvalidInput, match=r"^file: must have 1 to 4999999 bytes"):
            await session.files.upload(**given)

    assert [] == wire.sent


async def test_the_largest_file(talk):
    """One byte under the limit is sent."""
    wire, session = talk

    await session.files.upload(bytes(MOST_BYTES - 1), filename="a.pdf")

    assert MOST_BYTES - 1 == len(parts(wire.sent[0])[1][1])


async def test_files_that_cannot_be_read(talk, tmp_path):
    """A path that leads to no readable file is refused."""
    wire, session = talk

    for path in (tmp_path / "none.pdf", tmp_path, str(Path("/nowhere/a.pdf"))):
        with pytest.raises(InvalidInput, match=r"^file: cannot be read"):
            await session.files.upload(path)

    assert [] == wire.sent


@pytest.mark.parametrize(
    "odd", [None, 5.5, bytearray(b"%PDF"), ["a.pdf"], "a\0b.pdf"], ids=lambda odd: ascii(odd)[:20]
)
@pytest.mark.parametrize("filename", [None, "a.pdf"])
async def test_what_is_neither_bytes_nor_a_path(talk, odd, filename):
    """Other values are refused."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^file(name)?: "):
        await session.files.upload(odd, filename=filename)

    assert [] == wire.sent


async def test_an_upload_to_the_sandbox(tmp_path):
    """The sandbox checks the digest and the signature of the meta part, and gives an id."""
    path = tmp_path / "授权书.pdf"
    path.write_bytes(bytes(range(256)))

    async with Sandbox() as sandbox, sandbox.session() as session:
        first, second = await session.files.upload(path), await session.files.upload(path)

    assert 16 <= len(first) <= 64
    assert first != second
