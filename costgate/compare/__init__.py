"""Two snapshots side by side: who is who, and what changed."""
