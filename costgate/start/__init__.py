"""How a repository begins with costgate: what `costgate init` proposes and writes."""
