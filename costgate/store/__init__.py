"""Where trees come from and where derived facts are remembered."""
