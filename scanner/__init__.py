"""Domicile: where every workload and data store will live, before it is deployed.

The command is ``domicile``; this package is ``scanner``. The data path is `scanner.scan`.
"""

__version__ = "0.1.0"
