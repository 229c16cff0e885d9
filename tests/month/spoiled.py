"""A copy of the month in which something can be spoiled: files as text, records, our books."""

import csv
import datetime as dt
import io
import random
from pathlib import Path

import attrs

from wxdist import BillFile, Distribution, Refund, Remaining
from wxdist.models import BillKind
from wxdist.reconcile import KnownPayment

DAY = dt.timedelta(days=1)
STRANGER = "1955555555"


@attrs.define
class Paper:
    """A bill's file, as lines of values without their backticks."""

    file: BillFile
    header: list
    rows: list  #: as dicts by the header
    rest: list  #: the second section, with its header

    @classmethod
    def of(cls, file):
        header, *lines = csv.reader(file.path.read_text(encoding="utf-8").splitlines())
        end = next((at for at, line in enumerate(lines) if line[0][:1] != "`"), len(lines))
        values = [[each.removeprefix("`") for each in line] for line in lines]
        rows = [dict(zip(header, line, strict=True)) for line in values[:end]]
        return cls(file, header, rows, lines[end:])

    @property
    def day(self):
        return self.file.day

    @property
    def text(self):
        file = io.StringIO()
        out = csv.writer(file)
        out.writerow(self.header)
        out.writerows([f"`{row[name]}" for name in self.header] for row in self.rows)
        out.writerows(self.rest)
        return file.getvalue()

    def add_up(self):
        """Make the second section that of the rows again, as a careful forger does."""
        if not self.rest:
            return
        released = [row for row in self.rows if row.get("settlement_currency")]
        told = {
            "total_count": str(len(self.rows)),
            "total_amount": self._sum(self.rows),
            "total_unfrozen_count": str(len(released)),
            "total_unfrozen_amount": self._sum(released),
        }
        self.rest[1] = [f"`{told[name]}" for name in self.rest[0]]

    def _sum(self, rows):
        column = "amount" if "amount" in self.header else "Refund amount(refund_fee)"
        cents = sum(int(row[column].replace(".", "")) for row in rows)
        return f"{cents // 100}.{cents % 100:02}"


@attrs.define
class Copy:
    """Everything that is reconciled, to be changed."""

    month: object
    folder: Path
    dice: random.Random
    adds_up: bool = True  #: whether summaries are made to fit what was changed
    known: list = attrs.field(init=False)
    settlements: list = attrs.field(init=False)
    papers: dict = attrs.field(factory=dict)  #: that were opened, by their paths
    texts: dict = attrs.field(factory=dict)  #: bytes that take a file's place
    lost: set = attrs.field(factory=set)  #: paths of files that are not there

    def __attrs_post_init__(self):
        self.known = list(self.month.known)
        self.settlements = list(self.month.settlements)

    def one(self, things, wanted=lambda _: True):
        """Return one of the *things* that is *wanted*, by the dice."""
        return self.dice.choice([each for each in things if wanted(each)])

    # bills

    def files(self, kind):
        """Return the files of one kind in a new list."""
        return list(self.month.bills[BillKind(kind)])

    def paper(self, file):
        """Return the paper of *file*, to be changed."""
        return self.papers.setdefault(file.path, self.papers.get(file.path) or Paper.of(file))

    def row(self, kind, wanted=lambda _: True):
        """Return a paper, and one of its rows that is *wanted*."""
        files = self.files(kind)
        self.dice.shuffle(files)
        for file in files:
            paper = self.papers.get(file.path) or Paper.of(file)
            if found := [row for row in paper.rows if wanted(row)]:
                self.papers[file.path] = paper
                return paper, self.dice.choice(found)
        raise LookupError(kind)

    def other_day(self, paper):
        """Return the paper of the next day that there is, or of the one before."""
        same = [
            each
            for each in self.month.bills[paper.file.form]
            if each.sub_mchid == paper.file.sub_mchid
        ]
        place = [each.path for each in same].index(paper.file.path)
        return self.paper(same[place + 1] if place + 1 < len(same) else same[place - 1])

    # our books

    def ours(self, kind, wanted=lambda _: True):
        """Return one thing that we know."""
        return self.one(self.known, lambda each: isinstance(each, kind) and wanted(each))

    def put(self, old, new):
        """Let *new* take the place of *old*; ``None``: nothing does."""
        place = self.known.index(old)
        self.known[place : place + 1] = [] if new is None else [new]

    def payment(self, transaction_id):
        return self.ours(KnownPayment, lambda each: each.transaction_id == transaction_id)

    # what is given

    def reconciled(self):
        for paper in self.papers.values():
            if self.adds_up:
                paper.add_up()
        changed = {path: paper.text.encode() for path, paper in self.papers.items()} | self.texts
        given = {
            kind: [self._given(file, changed) for file in files if file.path not in self.lost]
            for kind, files in self.month.bills.items()
        }
        return self.month.reconciled(
            known=self.known,
            settlements=self.settlements,
            distribution=given[BillKind.DISTRIBUTION],
            refunds=given[BillKind.REFUNDS],
            statements=given[BillKind.STATEMENT],
        )

    def _given(self, file, changed):
        if file.path not in changed:
            return file
        path = self.folder / file.path.name
        path.write_bytes(changed[file.path])
        return attrs.evolve(file, path=path)


def identity(thing):
    """Return by what a later thing replaces an earlier one."""
    match thing:
        case Distribution():
            return thing.transaction_id, thing.out_order_no
        case Refund():
            return "refund", thing.id
        case Remaining():
            return "remaining", thing.transaction_id
        case KnownPayment():
            return "payment", thing.transaction_id
