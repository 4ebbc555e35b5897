"""From what was read to what it costs: tokens, prices, and one figure per call with its derivation."""
