"""What can go wrong, one thing at a time, each with what has to be found."""

#: By their names: each spoils a `Copy` and returns the differences that it is.
DISCREPANCIES = {}


def discrepancy(deed):
    """Register a deed under its own name."""
    assert deed.__name__ not in DISCREPANCIES
    DISCREPANCIES[deed.__name__] = deed
    return deed


def only(kind, source, field=None, **key):
    """Return the one difference: of which thing, by some of its ids."""
    return [(kind, source, field, key)]
