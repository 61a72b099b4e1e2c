"""Regions, countries, jurisdictions and operators: dated tables and one way to ask them."""

from scanner.geography.area import Area, UnknownPlace
from scanner.geography.jurisdictions import jurisdictions
from scanner.geography.operators import operator
from scanner.geography.places import Place, locate, lookup
from scanner.geography.words import nearest

__all__ = [
    "Area", "Place", "UnknownPlace", "jurisdictions", "locate", "lookup", "nearest", "operator",
]  # fmt: skip
