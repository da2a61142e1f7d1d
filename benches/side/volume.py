"""A file system for the stores alone, in a file, so that one machine can tell
what each kind costs."""

import pathlib
import subprocess
import tempfile

MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
    "ext4-nojournal": ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0", "-O", "^has_journal"],
    "xfs": ["mkfs.xfs", "-q"],
}

SIZE = 4 << 30


class Volume:
    """Mounted on entry, unmounted and removed on exit. Needs root."""

    def __init__(self, kind):
        self.kind = kind

    def __enter__(self):
        pathlib.Path("target").mkdir(exist_ok=True)
        self.folder = tempfile.TemporaryDirectory(prefix="retr-volume-", dir="target")
        image = pathlib.Path(self.folder.name).resolve() / "image"
        self.place = image.with_name("mounted")
        self.place.mkdir()
        with open(image, "wb") as file:
            file.truncate(SIZE)
        subprocess.run([*MAKE[self.kind], image], check=True)
        subprocess.run(["mount", "-o", "loop", image, self.place], check=True)
        return self.place

    def __exit__(self, *_):
        subprocess.run(["umount", self.place], check=True)
        self.folder.cleanup()
