"""Archives that are the same, byte by byte, whenever and wherever they are made from the same files."""

import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

# ZIP knows no earlier time.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def layer(target: Path, directory: str, files: Mapping[str, Path]) -> None:
    """Write the tar file `target`: `files` (name -> file) in `directory` of an image, readable by everybody.

    There are no entries for folders: they would change owner and mode of those that the base has already.
    """
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in sorted(files.items()):
            entry = tarfile.TarInfo(f"{directory.strip('/')}/{name}")
            entry.size, entry.mode, entry.mtime = path.stat().st_size, 0o644, 0
            with path.open("rb") as content:
                archive.addfile(entry, content)


def plugin(target: Path, folder: str, files: Mapping[str, Path]) -> None:
    """Write the zip file `target`: `files` in `folder`. Jars are compressed already, so they are stored as they are."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _ZIP_TIME)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            with path.open("rb") as content, archive.open(entry, "w", force_zip64=True) as inside:
                shutil.copyfileobj(content, inside)
