"""The street door: settings, addresses, sockets, home page, and what follows from what."""

__version__ = "0.1.0"
