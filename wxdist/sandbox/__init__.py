"""The other side: an embedded simulator of the service's funds distribution."""

from .server import Paid, Sandbox

__all__ = ["Paid", "Sandbox"]
