"""The commands, one module each: `arguments` adds what it takes, `run` does it and returns the exit code."""

PASS, FAIL, MISTAKE = 0, 1, 2
