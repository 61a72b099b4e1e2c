from collections.abc import Iterator

from scanner.graph import Graph
from scanner.model import WrittenString
from scanner.policy import Policy
from scanner.rule import Problem, Severity, rule
from scanner.secrets import advice, detect, place


@rule(
    id="DOM301",
    severity=Severity.CRITICAL,
    strings=True,
    tags=["secrets"],
)
def hard_coded_secret(
    strings: tuple[WrittenString, ...], _graph: Graph, _policy: Policy
) -> Iterator[Problem]:
    """A secret is written in a file.

    ## Why
    Who can read the repository, its forks, its history or a build log can use the secret, from
    any country and under any law: encryption and residency of the data mean nothing then.
    A secret that only its key or its look gives away is reported as undecided.

    ## Fix
    Revoke the secret first: it stays in the history. Then name where it is kept instead:

        data "aws_secretsmanager_secret_version" "database" {
          secret_id = "prod/database/password"
        }

        resource "aws_db_instance" "orders" {
          password = data.aws_secretsmanager_secret_version.database.secret_string
        }

    A value that is none is marked where it stands: `# domicile: ignore[DOM301] why`.
    """
    for found in detect(strings):
        yield Problem(
            found.secret,
            f"a hard-coded {found.kind} in {found.where()}",
            path=place.attribute(found.string),
            verdict="fail" if found.certain else "undecided",
            help=advice.fix(found),
            severity=found.severity,
        )
