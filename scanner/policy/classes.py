"""Classes of data: which resources hold personal data, by their labels and addresses."""

from __future__ import annotations

from msgspec import Struct

from scanner.model import Resource, Span
from scanner.policy.globs import address_matches, text_matches


class DataClass(Struct, frozen=True):
    """A class of data and what marks a resource as holding it: any one label or address."""

    name: str
    labels: tuple[tuple[str, tuple[str, ...]], ...]
    addresses: tuple[str, ...]
    span: Span

    def marks(self, resource: Resource) -> bool:
        """Say whether a resource holds data of this class."""
        if any(address_matches(glob, resource.address, resource.unit) for glob in self.addresses):
            return True
        if not self.labels or not resource.labels:
            return False
        labels = [(_key(key), value) for key, value in resource.labels.items()]
        return any(
            key == _key(wanted) and any(text_matches(glob, value) for glob in globs)
            for wanted, globs in self.labels
            for key, value in labels
        )


def _key(label: str) -> str:
    # AWS writes DataClassification, Google data_classification, Kubernetes data-classification.
    return label.casefold().translate({ord("-"): None, ord("_"): None, ord(" "): None})
