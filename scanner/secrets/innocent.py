"""What is no secret, though it stands where one could: each function names one class."""

from __future__ import annotations

import re

from scanner.secrets import words

_REFERENCE_START = (
    "arn:", "vault:", "ref+", "op://", "sm://", "ssm:", "ssm://", "awssm", "secretsmanager:",
    "asm://", "gsm://", "akv://", "keyvault:", "bao:", "bws:", "secret://", "env://", "env:",
    "file:", "kms:", "k8s://", "doppler:", "infisical:", "conjur:", "var.", "local.", "locals.",
    "data.", "module.", "each.", "self.", "path.", "process.env", "os.environ", "os.getenv",
    "system.getenv", "env.", "secrets.", "valuefrom", "projects/", "@microsoft.keyvault", "!ref",
    "!sub", "!getatt", "fn::", "{{", "{%", "<%", "$(", "${", "`", "$env:", "aws_", "azurerm_",
    "google_", "random_", "kubernetes_", "values.", ".values",
)  # fmt: skip
# A zero stands where an interpolation was.
_REFERENCE_INSIDE = ("${", "{{", "$(", "%{", "<%", "#{", "@{", "[[", "{%", "\0")
_VARIABLE = re.compile(
    r"\$+(?:[A-Z_][A-Z0-9_]*|[a-z_]+(?:[A-Z][a-z]+)*|[0-9])(?::[\w/.-]+)?\Z|%[A-Za-z_][A-Za-z0-9_]*%\Z|@[A-Z_]+@\Z"
)
_CALL = re.compile(r"[A-Za-z_][\w.:]*\(.*\)\Z|[A-Za-z_][\w.]*\[[^\]]*\]\Z|alias/[\w/-]+\Z")

_SEALED_START = (
    "enc[", "enc(", "{cipher}", "aqicah", "ciqa", "$ansible_vault", "age1", "agaa", "vault:v",
    "-----begin pgp message", "-----begin age encrypted", "-----begin certificate",
    "-----begin public key", "-----begin rsa public key", "-----begin pgp public key",
    "-----begin trusted certificate", "-----begin x509", "-----begin ec public key",
    "ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-", "sk-ssh-ed25519", "sk-ecdsa-sha2",
    "ls0tls1crudjtibdrvjusuzjq0fur", "ls0tls1crudjtibqvujmsum",
)  # fmt: skip
_DIGEST = re.compile(
    r"(?:.*@)?(?:sha(?:1|224|256|384|512)|md5|blake2b|h1)[:-][A-Za-z0-9+/=_-]{16,}\Z"
)
_UUID = re.compile(
    r"\{?[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\}?\Z"
)
HASHED = re.compile(
    r"(?:[\w.@-]{1,64}:)?(?:\$(?:2[abxy]|1|5|6|y|apr1|argon2i?d?|scrypt|pbkdf2[\w-]*)\$|\{(?:S?SHA|SSHA512|CRYPT)\})\S{8,}\Z"
)
_ENUM = words.of("choices")
_PLACEHOLDERS = words.of("placeholders")
_AROUND = words.of("beside placeholders")
# "ChangeMe123!" is not among them: who added what a password policy asks for, deployed it.
_CHANGE = re.compile(
    r"[<\[{(_*]*(?:please[-_ ]?)?change[-_ ]?(?:me|it|this|that)(?:[-_ ]?please)?(?:[-_ ]?now)?"
    r"[>\]})_*]*\Z",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[A-Za-z]+|[0-9]+")
_MARKED = re.compile(
    r"<[^<>]*>\Z|\[[^\[\]]*\]\Z|\{[^{}]*\}\Z|__?[A-Z][A-Z0-9_]*__?\Z|\*+\Z|\.{3,}\Z|…\Z|#+[^#]*#+\Z"
)
_UPPER_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\][\w.@ ~+-]+(?:[/\\][\w.@ ~+*-]*)*\Z")
_FILE = re.compile(
    r"[\w./-]*\.(?:pem|key|crt|cer|pub|json|ya?ml|txt|conf|cfg|ini|env|p12|pfx|jks|tf|sh|toml|xml"
    r"|properties|html?|js|py|go|svc|local|com|net|org|io|internal)\Z",
    re.IGNORECASE,
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s@]*\Z")
_RUNS = (
    "xxxx", "0000000", "1111111", "12345678", "abcdefgh", "aaaaaa", "........", "******",
    "example", "placeholder", "redacted", "changeme", "dummy", "your_", "your-", "_here", "-here",
)  # fmt: skip
_PATTERN = re.compile(r"\^|\(\?|.*(?:\\[dwsSWDb]|\[(?:a-z|A-Z|0-9|\^)|\.[*+])")
_VOWELS = set("aeiouyAEIOUY")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ]{5,}")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PARTS = re.compile(r"[-_./:@+ ]+")
_PART = re.compile(r"[A-Za-z]+[0-9]{0,3}\Z|v?[0-9]{1,4}[a-z]{0,3}\Z")


def reference(value: str) -> bool:
    """``var.password``, ``${…}``, ``op://vault/item``: says where the secret is."""
    start = value[:24].lower()
    return (
        start.startswith(_REFERENCE_START)
        or any(mark in value for mark in _REFERENCE_INSIDE)
        or _VARIABLE.match(value) is not None
        or _CALL.match(value) is not None
    )


def sealed(value: str) -> bool:
    """A ciphertext, a public key or a certificate: made to be shown."""
    return value[:32].lower().startswith(_SEALED_START)


def digest(value: str) -> bool:
    """``sha256:…``: the name of some content."""
    return len(value) < 400 and _DIGEST.match(value) is not None


def uuid(value: str) -> bool:
    """An identifier."""
    return _UUID.match(value) is not None


def word(value: str) -> bool:
    """``true``, ``none``, ``bearer``: one choice of a few."""
    return value.lower() in _ENUM


def placeholder(value: str) -> bool:
    """``<password>``, ``your-api-key-here``: stands for a secret and says so in whole words."""
    if _MARKED.match(value) or _CHANGE.match(value) or len(set(value)) == 1:
        return True
    found = [part.lower() for part in _LETTERS.findall(value)]
    if not found or not any(part in _PLACEHOLDERS for part in found):
        return False
    return all(
        part in _PLACEHOLDERS or part in _AROUND or set(part) == {"x"} or part.isdigit()
        for part in found
    )


def filler(token: str) -> bool:
    """``AKIAXXXXXXXXXXXXXXXX``, ``AKIAIOSFODNN7EXAMPLE``: a token's shape, for documentation."""
    body, lower = token[4:], token.lower()
    return len(set(body)) < min(6, len(body)) or any(run in lower for run in _RUNS)


def path(value: str) -> bool:
    """A file, a folder, a host or a URL without credentials."""
    if len(value) > 300:
        return False
    if _URL.match(value):
        return True
    if _FILE.match(value):
        return not any(c.isdigit() for c in value) or "/" in value or "." in value[:-6]
    # Base64 has slashes too: a path has no digits mixed into its words.
    below = _PATH.match(value) is not None or (value.count("/") > 0 and " " not in value)
    return below and name(value.strip("/\\~."))


def pattern(value: str) -> bool:
    """``^[a-z]+$``: says what values look like."""
    return len(value) < 400 and _PATTERN.match(value) is not None


def prose(value: str) -> bool:
    """A sentence."""
    return len(value.split(None, 3)) > 2


def generic(value: str) -> bool:
    """``client-secret``, ``my-access-token``: says what would stand here, and nothing else."""
    found = [part.lower() for part in _LETTERS.findall(value)]
    return bool(found) and all(part in _AROUND for part in found)


def env_name(value: str) -> bool:
    """``DB_PASSWORD``: the name of a variable."""
    return _UPPER_NAME.match(value) is not None


def name(value: str) -> bool:
    """``my-app-db-secret``, ``accessToken``: words, as people name things, nothing random."""
    parts = [part for part in _PARTS.split(value) if part]
    if not parts or len(value) > 120:
        return False
    return all(_wordlike(part) for part in parts)


def _wordlike(part: str) -> bool:
    if not _PART.match(part):
        return False
    letters = part.rstrip("0123456789")
    if not letters or len(letters) <= 3:
        return True
    if letters.islower() or letters.isupper():
        pieces = [letters]
    else:
        pieces = _PIECE.findall(letters)
        if any(len(piece) < 2 for piece in pieces) or len(letters) < 3 * len(pieces):
            return False
    return all(
        len(piece) <= 16
        and (len(piece) < 5 or bool(_VOWELS & set(piece)))
        and not _CONSONANTS.search(piece)
        for piece in pieces
    )


def reason(value: str) -> str | None:
    """Return why a value is no secret whatever its key is, or None."""
    for label, test in _TESTS:
        if test(value):
            return label
    return None


_TESTS = (
    ("reference", reference),
    ("ciphertext or public key", sealed),
    ("digest", digest),
    ("identifier", uuid),
    ("enumeration", word),
    ("placeholder", placeholder),
    ("name of a variable", env_name),
    ("path or address", path),
    ("pattern", pattern),
)
