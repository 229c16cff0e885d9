"""Bytes in, bytes out: no I/O and no clock; times and nonces are arguments."""

from wxdist.wire.keys import Decrypter, PrivateKey, Signer
from wxdist.wire.message import Answer, Request, Response

__all__ = ["Answer", "Decrypter", "PrivateKey", "Request", "Response", "Signer"]
