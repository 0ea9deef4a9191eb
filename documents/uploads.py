"""How Django takes a file from the network: to a private temporary file that cannot grow beyond the limit."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Keeps one byte more than a document may have, so that the intake sees it is too large; drops the rest."""

    def new_file(self, *args: Any, **options: Any) -> None:
        super().new_file(*args, **options)
        self.room = settings.DOCUMENT_MAX_BYTES + 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.room > 0:
            self.file.write(raw_data[: self.room])
            self.room -= len(raw_data)

    def file_complete(self, file_size: int) -> Any:
        return super().file_complete(min(file_size, settings.DOCUMENT_MAX_BYTES + 1))
