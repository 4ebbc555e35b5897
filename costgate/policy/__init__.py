"""Policy as data: rules, the conditions they are written in, and the globs they are scoped by."""
