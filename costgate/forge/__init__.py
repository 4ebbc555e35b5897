"""What a report becomes on a forge: comments, from a report alone."""
