"""The control API: what one can order of a sandbox, as JSON over HTTP; no network in here."""

from .desk import Api
from .operation import PREFIX

__all__ = ["Api", "PREFIX"]
