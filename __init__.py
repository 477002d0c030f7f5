"""Discover neural architectures and agentic workflows under a budget."""

__version__ = "0.1.0"
