"""Split the table of location attributes into one file for each cloud.

Usage: ``python tools/split_locations.py location_attributes.csv``. The table has the columns
``terraform_type, attribute_path, role, value_form, note``; its rows keep their order.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scanner.providers.tables import cloud_of_row  # noqa: E402 - needs the path above


def main(source: str) -> None:
    """Write ``scanner/providers/<cloud>/locations.csv`` for every cloud of the table."""
    with Path(source).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    clouds: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        clouds[cloud_of_row(row[0])].append(row)
    for cloud, own in sorted(clouds.items()):
        target = ROOT / "scanner" / "providers" / cloud / "locations.csv"
        target.parent.mkdir(exist_ok=True)
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head)
            writer.writerows(own)
        print(f"{cloud}: {len(own)} rows")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
