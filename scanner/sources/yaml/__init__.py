"""YAML with positions: values as Kubernetes reads them, and where each of them is written.

`documents` reads a text from libyaml's events with a stack of our own (`build`), so that depth,
size and alias expansion are bounded while reading, whatever the text does. Where PyYAML has no
C parser, its Python one does the same, twenty times slower.

Values follow the Go reader that Kubernetes and Helm use (`scalars`), except that keys keep
their text: ``1`` and ``"1"`` are one key. Of a key written twice the last one counts, and it is
reported. In the ``core`` dialect only ``true`` and ``false`` are booleans: the ``NO`` in a list
of countries is Norway.
"""

from scanner.sources.yaml.document import Document, Node
from scanner.sources.yaml.reader import MAX_BYTES, MAX_DOCUMENTS, documents
from scanner.sources.yaml.scalars import Dialect

__all__ = ["MAX_BYTES", "MAX_DOCUMENTS", "Dialect", "Document", "Node", "documents"]
