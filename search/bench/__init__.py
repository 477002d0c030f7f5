"""Strategies side by side on tables of real architectures."""
