"""The page at the root of the sandbox's server: to look at it, and to play around it; no network.

Server-rendered HTML: it works without script, and with it refreshes by itself.
"""

from .desk import Page

__all__ = ["Page"]
