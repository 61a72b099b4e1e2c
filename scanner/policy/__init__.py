"""The policy file ``domicile.yaml``: residency, transfers, waivers, and what the tree leaves open.

`load` reads it; a `Policy` answers what applies to a resource.
"""

from scanner.policy.classes import DataClass
from scanner.policy.clusters import Cluster, TerraformRoot
from scanner.policy.file import further_up, load
from scanner.policy.policy import Policy
from scanner.policy.residency import Residency, Where
from scanner.policy.transfers import Transfer
from scanner.policy.waivers import Waiver

__all__ = [
    "Cluster", "DataClass", "Policy", "Residency", "TerraformRoot", "Transfer", "Waiver", "Where",
    "further_up", "load",
]  # fmt: skip
