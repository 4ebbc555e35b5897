"""Reading: source bytes to call sites and prompts. Extract is per file and cached; link is per tree."""
