"""What reads bytes from a place of its own: the part that all such readers share."""

from __future__ import annotations

import io


class Seeking(io.RawIOBase):
    """A readable file of `size` bytes that keeps its place in `_at`; who inherits fills `readinto`."""

    size = 0
    _at = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = min(max(0, start + offset), self.size)
        return self._at

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
