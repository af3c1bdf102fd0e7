"""Retinue: the self-hosted platform on which an organization keeps its AI agents."""

__version__ = "0.1.0"
