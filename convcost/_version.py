"""The version, where nothing else has to be loaded for it."""

__version__ = "0.1.0"
