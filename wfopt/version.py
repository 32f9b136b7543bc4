"""The version of wfopt, and nothing else: `--version` imports only this."""

__version__ = "0.1.0"
