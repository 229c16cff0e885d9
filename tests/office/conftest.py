"""LibreOffice Calc without a screen, and what it makes of CSV files."""

import contextlib
import os
import shutil
import signal
import subprocess
import xml.etree.ElementTree as ET

import attrs
import pytest

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
#: Seconds after which a conversion hangs.
PATIENCE = 300
#: Of its CSV filter: quotes, UTF-8, from line 1; special numbers found, formulas evaluated (newer
#: versions do so only when asked).
OPTIONS = "34,76,1,,0,false,true,false,false,false,0,true"
MOST = 100  #: files at once: it stops without a word at some 250


@attrs.frozen
class Cell:
    """A cell, as the opened file has it."""

    text: str
    formula: str | None
    type: str | None  #: of its value: string, float, ...


def cells(path):
    """Return the cells of a flat OpenDocument spreadsheet that are not empty."""
    found = []
    for cell in ET.parse(path).iter(f"{TABLE}table-cell"):
        formula, type_ = cell.get(f"{TABLE}formula"), cell.get(f"{OFFICE}value-type")
        if formula is not None or type_ is not None:
            text = "\n".join("".join(each.itertext()) for each in cell.iter(f"{TEXT}p"))
            repeated = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
            found += [Cell(text, formula, type_)] * repeated
    return found


class Office:
    """LibreOffice with a profile of its own."""

    def __init__(self, program, profile):
        self._words = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless"]

    def opened(self, files, separator, folder):
        """Open CSV files as UTF-8 with *separator*; return the cells of each."""
        filter_ = f"--infilter=CSV:{ord(separator)},{OPTIONS}"
        words = [*self._words, filter_, "--convert-to", "fods", "--outdir", str(folder)]
        for start in range(0, len(files), MOST):
            self._run([*words, *map(str, files[start : start + MOST])])
        return [cells(folder / f"{each.stem}.fods") for each in files]

    def _run(self, words):
        """Run to the end; what hangs is ended with all that it started."""
        silent = subprocess.DEVNULL
        with subprocess.Popen(words, stdout=silent, stderr=silent, start_new_session=True) as run:
            try:
                assert 0 == run.wait(PATIENCE)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(run.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    """Find LibreOffice; skip without it."""
    program = os.environ.get("WXDIST_SOFFICE") or shutil.which("soffice")
    if program is None:
        pytest.skip("no soffice on this machine: install libreoffice-calc, or set WXDIST_SOFFICE")
    return Office(program, tmp_path_factory.mktemp("profile"))
