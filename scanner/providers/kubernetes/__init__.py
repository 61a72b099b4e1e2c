"""Kubernetes: what a kind is, where an object lives, and what it follows. Tables first.

An object lives where its own manifest pins it (node labels, affinity, volumes, topologies);
else where its cluster is, which only the policy's ``clusters:`` can tell (`place_by_cluster`);
then `follow` hands places on to what moves with it. A region code that several clouds have
stays a candidate for each until something says whose cluster it is.
"""

from scanner.providers.kubernetes.follow import follow
from scanner.providers.kubernetes.resource import place_by_cluster, resource

__all__ = ["follow", "place_by_cluster", "resource"]
