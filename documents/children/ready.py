"""What several tasks fetch before the doors are shut."""

import io


def qpdf() -> None:
    """All that qpdf looks for late: how it writes, and the device of random numbers, without which it reads nothing encrypted."""
    import pikepdf

    paper = io.BytesIO()
    with pikepdf.new() as blank:
        blank.add_blank_page()
        blank.save(paper, encryption=pikepdf.Encryption(owner="owner", user=""))
    with pikepdf.open(paper) as blank:
        blank.save(io.BytesIO(), deterministic_id=True)
