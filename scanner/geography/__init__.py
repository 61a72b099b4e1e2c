"""Regions, countries, jurisdictions and operators: dated tables and one way to ask them."""

from scanner.geography.area import Area, UnknownPlace
from scanner.geography.jurisdictions import jurisdictions
from scanner.geography.operators import operator
from scanner.geography.places import Place, locate, lookup
from scanner.geography.tables import canonical, known_providers
from scanner.geography.words import nearest

__all__ = [
    "Area", "Place", "UnknownPlace", "canonical", "jurisdictions", "known_providers", "locate",
    "lookup", "nearest", "operator",
]  # fmt: skip
