"""Which files a scan reads: the walk, the ignore files, and what each source claims.

`find` is the first step of every run; what it leaves out is said, never silent.
"""

from scanner.files.find import Found, find

__all__ = ["Found", "find"]
