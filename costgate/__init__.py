"""costgate tells a developer, before the merge, what a change does to the LLM bill."""

__version__ = "0.1.0"
