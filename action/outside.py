"""Exit code 0 when a file lies outside of a folder, both as it is spelled and once links are followed; 1 otherwise."""

import sys
from pathlib import Path


def main(folder: Path, file: Path) -> int:
    """A change that can write in the folder can write neither the file nor a link on the way to it."""
    top = folder.resolve()
    ways = (Path(*file.parts[:end]) for end in range(1, len(file.parts) + 1))
    return int(".." in file.parts or any(way.resolve().is_relative_to(top) or way.is_relative_to(folder) for way in ways))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
