"""Secrets that are written in scanned files.

Every string comes with its key, path and owner, so that a value is judged by what it is for,
not by the line that it stands in. `detect` takes the strings of a scan and yields what it
finds; values leave this package only inside a `Detection`, whose text never shows them.
"""

from scanner.secrets.detect import detect
from scanner.secrets.detection import Detection
from scanner.secrets.redact import redacted

__all__ = ["Detection", "detect", "redacted"]
