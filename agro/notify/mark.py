"""What this machine was handing over when it was stopped, and that only one process sends here.

The database is written before and after a message goes out; a process that is killed in between
leaves its deliveries `sending`. Just before the last word of a message goes out its number is
written into a small file, which outlives a killed process: at the next start it tells which message
had been handed over. Every other one certainly was not, and is sent again.

The file is not waited for on the disk, so it says nothing after a power cut: the start of the
machine is part of the sender's name, and what an earlier start was sending is `unclear`.
"""

import fcntl
import os
from pathlib import Path
from secrets import token_hex
from typing import Self

_NAME = "alerts.mark"
_ID_BYTES, _NUMBER_BYTES = 16, 8
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Mark:
    """The file beside the store of this machine; held by the one process that sends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._is_held = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)  # which also lets go of it

    def hold(self) -> bool:
        """Take it for this process; False while another one sends from this machine."""
        if not self._is_held:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._is_held = True
            if len(os.pread(self._file, _ID_BYTES, 0)) < _ID_BYTES:
                os.pwrite(self._file, token_hex(_ID_BYTES // 2).encode() + bytes(_NUMBER_BYTES), 0)
        return True

    @property
    def sender(self) -> str:
        """What deliveries sent from here carry: this file, since the machine was started."""
        boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
        return f"{os.pread(self._file, _ID_BYTES, 0).decode()}/{boot}"

    def reach(self, message: int) -> None:
        """Say that this message is handed over now."""
        os.pwrite(self._file, message.to_bytes(_NUMBER_BYTES), _ID_BYTES)

    @property
    def reached(self) -> int:
        """The message that was handed over last."""
        return int.from_bytes(os.pread(self._file, _NUMBER_BYTES, _ID_BYTES))
