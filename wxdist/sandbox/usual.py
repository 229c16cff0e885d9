"""The table of the usual mistakes in signing: what they sign, and what to do about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from . import misreadings as reading
from .misreadings import Sent

_EXACT = "Sign the very bytes that you send: make the body once, sign it, send that."
_TARGET = (
    "Sign the path and the query exactly as they go out on the request line, and keep your HTTP "
    "library from rewriting them."
)
_LINES = "End each of the five lines, the last too, with one line feed (byte 0A) and nothing else."
_UPLOAD = "Of an upload sign the JSON text of the part meta alone, as the fifth line."


@attrs.frozen
class Mistake:
    """One usual mistake, and the texts that it signs."""

    words: str
    advice: str
    texts: Callable[[Sent], Iterable[str]]


def _bodies(texts: Callable[[str], Iterable[str]]) -> Callable[[Sent], Iterable[str]]:
    return lambda sent: (sent.text(body=body) for body in texts(sent.body))


def _targets(texts: Callable[[str], Iterable[str]]) -> Callable[[Sent], Iterable[str]]:
    return lambda sent: (sent.text(target=target) for target in texts(sent.target))


#: The first that fits is told, so the narrower stand before the wider.
MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "the body was signed without the line break that it was sent with",
        f"{_EXACT} Many editors and shells add a line break at the end of a file.",
        _bodies(lambda body: [body.rstrip("\r\n")]),
    ),
    Mistake("the last line break is missing", _LINES, lambda sent: [sent.text()[:-1]]),
    Mistake(
        "the body was left out",
        "Sign the body as the fifth line, of a DELETE too; only without a body it is empty.",
        lambda sent: [sent.text(body=""), sent.text(body="")[:-1]],
    ),
    Mistake(
        "a body was signed, but none was sent",
        "Without a body the fifth line is empty: sign nothing there, no {} and no parameters. If "
        "there should be a body, send it.",
        reading.bodies_that_were_not_sent,
    ),
    Mistake(
        "the whole upload was signed instead of its part meta",
        _UPLOAD,
        lambda sent: [sent.text(body=body) for body in sent.upload[:1]],
    ),
    Mistake(
        "the file of the upload was signed instead of its part meta",
        _UPLOAD,
        lambda sent: [sent.text(body=body) for body in sent.upload[1:]],
    ),
    Mistake(
        "the query was left out",
        "The second line is the path with the query: add ? and the parameters as you send them.",
        _targets(lambda target: [target.partition("?")[0]]),
    ),
    Mistake(
        "the question mark before the query is missing",
        "The second line is the path, a question mark, and the query.",
        _targets(lambda target: [target.replace("?", "", 1)]),
    ),
    Mistake(
        "the address was signed with its host",
        "The second line begins with the slash of the path: leave out scheme, host and port.",
        reading.with_host,
    ),
    Mistake(
        "the address was signed without its first slash",
        "The second line begins with the slash of the path.",
        _targets(lambda target: [target[1:]]),
    ),
    Mistake("the parameters of the query were signed in another order", _TARGET, reading.reordered),
    Mistake(
        "the percent-encoding was signed in lower case, but sent in capitals",
        _TARGET,
        _targets(lambda target: [reading.hex_digits(target, str.lower)]),
    ),
    Mistake(
        "the percent-encoding was signed in capitals, but sent in lower case",
        _TARGET,
        _targets(lambda target: [reading.hex_digits(target, str.upper)]),
    ),
    Mistake(
        "a space was signed in another encoding (+ or %20) than it was sent in",
        _TARGET,
        _targets(lambda target: [target.replace("%20", "+"), target.replace("+", "%20")]),
    ),
    Mistake(
        "the address was signed decoded, but sent percent-encoded",
        _TARGET,
        _targets(reading.decoded),
    ),
    Mistake(
        "the address was signed with more percent-encoding than it was sent with",
        _TARGET,
        _targets(reading.encoded),
    ),
    Mistake(
        "one line break too many was signed at the end",
        "After the body comes one line break, which ends the text. " + _EXACT,
        _bodies(lambda body: [body + "\n", body + "\r\n"]),
    ),
    Mistake(
        r"the body was signed with \uXXXX escapes, but sent without",
        f"{_EXACT} Your JSON library escapes Chinese in one of the two places.",
        _bodies(reading.escaped),
    ),
    Mistake(
        r"the body was signed without the \uXXXX escapes that it was sent with",
        f"{_EXACT} Your JSON library escapes Chinese in one of the two places.",
        _bodies(reading.unescaped),
    ),
    Mistake(
        r"the body was signed with \/ for /, but sent without",
        f"{_EXACT} Your JSON library escapes slashes in one of the two places.",
        _bodies(lambda body: [body.replace("/", r"\/")]),
    ),
    Mistake(
        "the body was signed in another JSON spelling than it was sent in",
        f"{_EXACT} Many HTTP libraries make their own JSON of an object: hand them the bytes.",
        _bodies(reading.spellings),
    ),
    Mistake(
        "the body was signed with its keys sorted, but sent in another order",
        f"{_EXACT} Do not sort the keys of what you sign.",
        _bodies(reading.sorted_spellings),
    ),
    Mistake(
        "the body was signed in GBK, but sent in UTF-8",
        "Encode the text that you sign as UTF-8.",
        _bodies(reading.in_gbk),
    ),
    Mistake(
        "the method is not in capitals",
        "Sign the method in capitals.",
        lambda sent: [sent.text(method=sent.method.lower())],
    ),
    Mistake(
        "another method was signed than the one that was sent",
        "Sign the method of this very request; one helper for all requests must be told it.",
        reading.other_methods,
    ),
    Mistake(
        "time and nonce are swapped",
        "The third line is the time stamp, the fourth the nonce.",
        lambda sent: [sent.text(time=sent.nonce, nonce=sent.time)],
    ),
    Mistake(r"the lines were ended by \r\n", _LINES, reading.windows_lines),
    Mistake(
        "the two characters \\ and n were signed instead of a line break",
        f"{_LINES} In a shell use printf or $'\\n'; echo and single quotes keep \\n as it is.",
        lambda sent: [sent.text().replace("\n", r"\n"), sent.text()[:-1].replace("\n", r"\n")],
    ),
    Mistake(
        "another time stamp was signed than the one in the header",
        "Read the clock once, and use the same text in the signed lines and in the header.",
        reading.other_times,
    ),
    Mistake(
        "the time stamp was signed in milliseconds",
        "Sign whole seconds, the same digits as in the header.",
        reading.milliseconds,
    ),
)
