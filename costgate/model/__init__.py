"""Types only: what the stages hand to each other. Standard library, no I/O, no logic beyond arithmetic."""
