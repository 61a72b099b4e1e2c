"""What a type of a provider is, where it is and what it belongs to. Tables first."""

from scanner.providers.inherit import connect
from scanner.providers.resource import resource
from scanner.providers.tables import provider_of

__all__ = ["connect", "provider_of", "resource"]
