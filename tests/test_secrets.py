"""Secrets: what is one, what only looks like one, where it stands, and that it never leaks.

Every token here is drawn at random when the tests run: none opens anything, none stands in
this file.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import random
import string as characters
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.graph import Graph
from scanner.model import Span, WrittenString
from scanner.rule import Rule, Severity
from scanner.secrets import Detection, advice, detect, innocent, keys, redacted
from scanner.secrets.formats import FORMATS
from scanner.secrets.randomness import looks_random

LOWER, UPPER, DIGITS = characters.ascii_lowercase, characters.ascii_uppercase, characters.digits
B62 = LOWER + UPPER + DIGITS
HEX = "0123456789abcdef"


def fake(count: int, alphabet: str = B62, seed: int = 301) -> str:
    """Return characters that look like a secret: a digit, and no filler among them."""
    drawn = random.Random(f"{seed} {count} {alphabet}")
    while True:
        made = "".join(drawn.choice(alphabet) for _ in range(count))
        if any(c.isdigit() for c in made) or not any(c.isdigit() for c in alphabet):
            return made


def written(value: str, key: str = "text", **known: Any) -> WrittenString:
    """Return a string as a source would give it."""
    fields: dict[str, Any] = {
        "span": Span("main.tf", 3, 5, 3, 7 + len(value)),
        "path": key,
        "form": "attribute",
        "unit": ".",
        "source": "terraform",
    }
    return WrittenString(**{"value": value, "key": key, **fields, **known})


def found(value: str, key: str = "text", **known: Any) -> list[Detection]:
    return list(detect([written(value, key, **known)]))


def kubernetes(value: str, key: str, form: str, **known: Any) -> WrittenString:
    kind = "Secret" if form == "secret" else "Deployment"
    owner = f"k8s#{kind}/default/shop"
    return written(value, key, form=form, source="kubernetes", type=kind, owner=owner, **known)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def jwt(claims: dict[str, object]) -> str:
    parts = (json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps(claims))
    head, body = (base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts)
    return f"{head}.{body}.{fake(43)}"


def pem(kind: str) -> str:
    body = "\n".join(fake(64, B62 + "+/", seed) for seed in range(4))
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"


ACCESS_KEY = "AKIA" + fake(16, UPPER + "234567")
SECRET_KEY = fake(40, B62 + "/+")
AZURE_KEY = fake(86, B62 + "+/") + "=="
PASSWORD = fake(14)

TOKENS = {
    "AWS access key id": [ACCESS_KEY, "ASIA" + fake(16, UPPER + "234567")],
    "GitHub token": [
        *(f"gh{letter}_{fake(36)}" for letter in "pousr"),
        f"github_pat_{fake(22)}_{fake(59)}",
    ],
    "GitLab token": [f"glpat-{fake(20)}", f"gldt-{fake(20)}", f"glrt-{fake(20)}"],
    "Slack token": [
        f"xoxb-{fake(12, DIGITS)}-{fake(12, DIGITS)}-{fake(24)}",
        f"xoxp-{fake(11, DIGITS)}-{fake(11, DIGITS)}-{fake(12, DIGITS)}-{fake(32, HEX)}",
        f"xapp-1-A{fake(10, UPPER + DIGITS)}-{fake(13, DIGITS)}-{fake(64, HEX)}",
    ],
    "Slack webhook": [
        f"https://hooks.slack.com/services/T{fake(8, UPPER + DIGITS)}/B{fake(8, UPPER)}/{fake(24)}"
    ],
    "Stripe key": [f"sk_live_{fake(24)}", f"rk_live_{fake(24)}", f"sk_live_{fake(99)}"],
    "Stripe test key": [f"sk_test_{fake(24)}"],
    "Anthropic API key": [f"sk-ant-api03-{fake(93)}AA"],
    "OpenAI API key": [f"sk-{fake(20)}T3BlbkFJ{fake(20)}", f"sk-proj-{fake(80)}"],
    "Hugging Face token": [f"hf_{fake(34)}"],
    "SendGrid API key": [f"SG.{fake(22)}.{fake(43)}"],
    "npm token": [f"npm_{fake(36)}", f"//registry.npmjs.org/:_authToken=npm_{fake(36)}"],
    "PyPI token": [f"pypi-AgEIcHlwaS5vcmc{fake(90)}"],
    "Google API key": [f"AIza{fake(35)}"],
    "Google OAuth client secret": [f"GOCSPX-{fake(28)}"],
    "Azure storage account key": [
        f"DefaultEndpointsProtocol=https;AccountName=crm;AccountKey={AZURE_KEY}"
    ],
    "Azure shared access key": [
        f"Endpoint=sb://x.net/;SharedAccessKeyName=send;SharedAccessKey={fake(43)}="
    ],
    "Azure shared access signature": [
        f"https://crm.blob.core.windows.net/x?sv=2022-11-02&sp=r&sig={fake(43)}%3D"
    ],
    "Microsoft Entra client secret": [f"{fake(3)}8Q~{fake(34)}"],
    "JSON Web Token": [jwt({"sub": "orders", "role": "service_role"})],
    "HashiCorp Vault token": [f"hvs.{fake(90)}"],
    "HCP Terraform token": [f"{fake(14)}.atlasv1.{fake(67)}"],
    "DigitalOcean token": [f"dop_v1_{fake(64, HEX)}"],
    "Databricks token": [f"dapi{fake(32, HEX)}"],
    "Docker Hub token": [f"dckr_pat_{fake(27)}"],
    "Grafana token": [f"glsa_{fake(32)}_{fake(8, HEX)}"],
    "New Relic key": [f"NRAK-{fake(27, UPPER + DIGITS)}", f"{fake(36, HEX)}NRAL"],
    "Shopify token": [f"shpat_{fake(32, HEX)}"],
    "Postman API key": [f"PMAK-{fake(24, HEX)}-{fake(34, HEX)}"],
    "Linear API key": [f"lin_api_{fake(40)}"],
    "Notion token": [f"ntn_{fake(46)}"],
    "Figma token": [f"figd_{fake(40)}"],
    "Doppler token": [f"dp.pt.{fake(43)}", f"dp.st.prd.{fake(43)}"],
    "Pulumi token": [f"pul-{fake(40, HEX)}"],
    "PlanetScale credential": [f"pscale_tkn_{fake(43)}"],
    "Supabase key": [f"sbp_{fake(40, HEX)}"],
    "Tailscale key": [f"tskey-auth-{fake(17)}-{fake(32)}"],
    "Sentry token": [f"sntryu_{fake(64, HEX)}"],
    "RubyGems API key": [f"rubygems_{fake(48, HEX)}"],
    "age secret key": [f"AGE-SECRET-KEY-1{fake(58, UPPER + DIGITS)}"],
    "Replicate token": [f"r8_{fake(37)}"],
    "Groq API key": [f"gsk_{fake(52)}"],
    "xAI API key": [f"xai-{fake(80)}"],
    "Perplexity API key": [f"pplx-{fake(48)}"],
    "Mapbox secret token": [f"sk.eyJ{fake(80)}.{fake(22)}"],
    "Atlassian token": [f"ATATT3{fake(180)}"],
    "Alibaba Cloud access key id": [f"LTAI{fake(20)}"],
    "Tencent Cloud access key id": [f"AKID{fake(32)}"],
    "Yandex Cloud API key": [f"AQVN{fake(35)}"],
    "Mailgun key": [f"key-{fake(32, HEX)}"],
    "Mailchimp key": [f"{fake(32, HEX)}-us14"],
    "Twilio API key": [f"SK{fake(32, HEX)}"],
    "Square OAuth secret": [f"sq0csp-{fake(43)}"],
    "Telegram bot token": [f"{fake(9, '123456789')}:AA{fake(33)}"],
    "Artifactory token": [f"AKCp{fake(69)}"],
    "Dynatrace token": [f"dt0c01.{fake(24, UPPER + DIGITS)}.{fake(64, UPPER + DIGITS)}"],
    "Contentful token": [f"CFPAT-{fake(43)}"],
    "Heroku API key": [f"HRKU-{fake(60)}"],
    "Fly.io token": [f"FlyV1 fm2_{fake(200)}"],
    "Google OAuth token": [f"ya29.{fake(100)}"],
    "Discord webhook": [f"https://discord.com/api/webhooks/{fake(18, '123456789')}/{fake(68)}"],
    "Microsoft Teams webhook": [
        "/".join(
            (
                "https://acme.webhook.office.com/webhookb2",
                fake(73, HEX),
                "IncomingWebhook",
                fake(32, HEX),
                fake(36, HEX),
            )
        )
    ],
    "private key": [
        pem("RSA PRIVATE KEY"),
        pem("PRIVATE KEY"),
        pem("EC PRIVATE KEY"),
        pem("OPENSSH PRIVATE KEY"),
        pem("ENCRYPTED PRIVATE KEY"),
        pem("DSA PRIVATE KEY"),
        pem("PGP PRIVATE KEY BLOCK"),
        json.dumps({"type": "service_account", "private_key": pem("PRIVATE KEY")}),
        b64(pem("RSA PRIVATE KEY")),
        b64(pem("PRIVATE KEY")),
        b64(pem("EC PRIVATE KEY")),
        b64(pem("OPENSSH PRIVATE KEY")),
        f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 6\n{fake(64)}\n",
    ],
}


@pytest.mark.parametrize(("kind", "token"), [(k, t) for k in TOKENS for t in TOKENS[k]])
def test_a_token_is_known_by_its_form(kind: str, token: str) -> None:
    assert [d.kind for d in found(token)] == [kind]
    assert [d.kind for d in found(f"run --with {token}\n", "user_data")] == [kind]
    assert [d.kind for d in found(f"# {token}", "description")] == [kind]


def test_every_form_has_an_example() -> None:
    assert {form.kind for form in FORMATS} == set(TOKENS)


KEYS: list[tuple[str, WrittenString, str]] = [
    ("database", written(PASSWORD, "password", type="aws_db_instance"), "password"),
    ("weak", written("Password123!", "password", type="aws_db_instance"), "password"),
    ("word", written("postgres", "password", type="aws_db_instance"), "password"),
    ("with characters", written("ChangeMe123!", "password"), "password"),
    ("cluster", written("aurora", "master_password", type="aws_rds_cluster"), "password"),
    ("azure", written("Sommer2024", "administrator_login_password"), "password"),
    ("google", written("shop", "password", type="google_sql_user"), "password"),
    ("machine", written("P@ssw0rd", "admin_password"), "password"),
    ("dollar", written("$ecret1ve", "admin_password"), "password"),
    ("short", written("sst", "WSREP_SST_PASSWORD", form="env"), "password"),
    ("default", written("hunter2", "db_password", form="default"), "password"),
    ("tfvars", written(fake(20), "api_token", form="tfvars"), "token"),
    ("local", written(PASSWORD, "dbPassword", form="local"), "password"),
    ("cache", written(fake(20), "auth_token"), "token"),
    ("tunnel", written(fake(20), "tunnel1_preshared_key"), "pre-shared key"),
    ("gateway", written(fake(20), "shared_key"), "shared key"),
    ("vpn", written(fake(20), "shared_secret"), "secret"),
    ("oauth", written(fake(32), "client_secret"), "client secret"),
    ("datadog", written(fake(32, HEX), "api_key"), "API key"),
    ("datadog app", written(fake(40, HEX), "app_key"), "API key"),
    ("rails", written(fake(64, HEX), "SECRET_KEY_BASE"), "secret key"),
    ("encryption", written(fake(32), "ENCRYPTION_KEY", form="env"), "encryption key"),
    ("wireguard", written(fake(43) + "=", "private_key"), "private key"),
    ("aws", written(SECRET_KEY, "secret_key", type="provider"), "AWS secret access key"),
    ("env", kubernetes("hunter2", "DB_PASSWORD", "env"), "password"),
    ("secret", kubernetes("winter", "token", "secret"), "token"),
    ("secret key", kubernetes("winter-time", "key", "secret"), "secret"),
    ("secret, unnamed", kubernetes(fake(24), "pin", "secret"), "secret"),
    ("configmap", kubernetes("hunter2", "REDIS_PASSWORD", "configmap"), "password"),
    ("docker", kubernetes(b64(f"ci:{PASSWORD}"), "auth", "attribute"),
     "password in registry credentials"),
    ("secret string", written("winter", "secret_string", type="aws_secretsmanager_secret_version"),
     "secret"),
    ("key vault", written("winter", "value", type="azurerm_key_vault_secret"), "secret"),
    ("secret data", written("winter", "secret_data", type="google_secret_manager_secret_version"),
     "secret"),
    ("below an address",
     written("winter", "value", type="azurerm_key_vault_secret",
             path="azurerm_key_vault_secret.crm.value"), "secret"),
    ("hash", written("$2y$10$" + fake(53), "password"), "password hash"),
]  # fmt: skip


@pytest.mark.parametrize(("string", "kind"), [k[1:] for k in KEYS], ids=[k[0] for k in KEYS])
def test_a_key_says_what_its_value_is(string: WrittenString, kind: str) -> None:
    (detection,) = detect([string])
    assert detection.kind == kind
    assert detection.secret.value == string.value


TEXTS = {
    "postgres": (f"postgres://web:{PASSWORD}@db.example.com:5432/web", "password in a URL"),
    "mongodb": (f"mongodb+srv://web:{PASSWORD}@crm.mongodb.net/?w=1", "password in a URL"),
    "redis": (f"redis://:{PASSWORD}@cache:6379/0", "password in a URL"),
    "amqp": ("amqps://guest:guest@mq.example.com", "password in a URL"),
    "https": (f"git clone https://bot:{PASSWORD}@git.example.com/x", "password in a URL"),
    "symbols": ("postgres://web:p@ss!w0rd@db/web", "password in a URL"),
    "ado.net": (f"Server=tcp:crm;User ID=crm;Password={PASSWORD};Encrypt=true", "password"),
    "odbc": (f"Driver=x;Uid=crm;Pwd={PASSWORD};", "password"),
    "libpq": (f"host=db user=web password={PASSWORD} dbname=web", "password"),
    "jdbc": (f"jdbc:postgresql://db/web?user=web&password={PASSWORD}&ssl=true", "password"),
    "query": (f"https://api.example.com/?api_key={fake(32)}&x=1", "API key"),
    "export": (f"#!/bin/sh\nexport DB_PASSWORD={PASSWORD}\nrun", "password"),
    "export quoted": ("export DB_PASSWORD='two words'\n", "password"),
    "aws env": (f"export AWS_SECRET_ACCESS_KEY={SECRET_KEY}\n", "AWS secret access key"),
    "aws configure": (
        f"aws configure set aws_secret_access_key {SECRET_KEY}\n",
        "AWS secret access key",
    ),
    "dockerfile": (f"FROM x\nENV API_TOKEN={fake(20)}\n", "token"),
    "yaml": (f"db:\n  user: web\n  password: {PASSWORD}\n", "password"),
    "yaml quoted": ('db:\n  password: "a b"  # c\n', ""),
    "ini": (f"[client]\nuser = web\npassword = {PASSWORD}\n", "password"),
    "properties": ("spring.datasource.password=hunter2\n", "password"),
    "toml": (f'api_token = "{fake(20)}"\n', "token"),
    "json": (json.dumps({"user": "web", "password": "hunter2"}), "password"),
    "json in json": (json.dumps({"x": json.dumps({"password": "hunter2"})}), "password"),
    "ecs": (
        json.dumps([{"environment": [{"name": "API_TOKEN", "value": fake(20)}]}]),
        "token",
    ),
    "yaml env": (f"env:\n  - name: API_TOKEN\n    value: {fake(20)}\n", "token"),
    "php": ("define('DB_PASSWORD', 'hunter2');", "password"),
    "xml": (f"<server><password>{PASSWORD}</password></server>", "password"),
    "flag": ("--admin-password=hunter2", "password"),
    "flag, blank": ("run --admin-password hunter2 --x", "password"),
    "kubectl": ("kubectl create secret generic x --from-literal=password=hunter2", "password"),
    "mysql": (f"mysql -h db -u web -p{PASSWORD} web", "password"),
    "curl": (f"curl -u ci:{PASSWORD} https://example.com", "password"),
    "sshpass": (f"sshpass -p '{PASSWORD}' ssh web", "password"),
    "chpasswd": ('echo "root:hunter2" | chpasswd', "password"),
    "sql": (f"CREATE USER web IDENTIFIED BY '{PASSWORD}';", "password"),
    "sql, postgres": (f"ALTER USER web WITH PASSWORD '{PASSWORD}';", "password"),
    "netrc": (f"machine git.example.com login ci password {PASSWORD}", "password"),
    "redis.conf": (f"port 6379\nrequirepass {PASSWORD}\n", "password"),
    "bearer": (f"Authorization: Bearer {fake(40)}", "token in an Authorization header"),
    "basic": (
        f"Authorization: Basic {b64(f'ci:{PASSWORD}')}",
        "password in an Authorization header",
    ),
    "docker config": (
        json.dumps({"auths": {"r.example.com": {"auth": b64(f"ci:{PASSWORD}")}}}),
        "password in registry credentials",
    ),
    "kafka": (
        f'org.apache.Plain required username="x" password="{PASSWORD}";',
        "password",
    ),
    "encoded script": (b64(f"#!/bin/bash\nexport DB_PASSWORD={PASSWORD}\n"), "password"),
}
TEXTS = {name: case for name, case in TEXTS.items() if case[1]}


@pytest.mark.parametrize(("text", "kind"), TEXTS.values(), ids=list(TEXTS))
def test_a_text_holds_a_secret(text: str, kind: str) -> None:
    (detection,) = found(text, "user_data")
    assert detection.kind == kind
    assert detection.certain


def test_there_are_enough_examples() -> None:
    assert len(TOKENS) + len(KEYS) + len(TEXTS) >= 60
    assert len(INNOCENT) >= 100


INNOCENT: list[tuple[str, str]] = [
    # Placeholders.
    *((key, value) for key in ("password", "api_token") for value in (
        "", "changeme", "CHANGE_ME", "change-me", "<changeme>", "<your-password>", "your-password",
        "example", "EXAMPLE-PASSWORD", "xxxx", "XXXXXXXXXXXXXXXX", "********", "...", "TODO",
        "replace-me", "REPLACE_WITH_TOKEN", "placeholder", "{password}", "[token]", "__TOKEN__",
        "insert your token here", "dummy", "redacted", "0000000000000000", "<%= token %>",
    )),
    # References.
    *((key, value) for key in ("password", "client_secret") for value in (
        "${var.password}", "var.password", "$DB_PASSWORD", "${DB_PASSWORD:-}", "$(DB_PASSWORD)",
        "{{ .Values.password }}", "data.vault.x.password", "%PASSWORD%", "op://vault/item/password",
        "ref+vault://secret/x", "vault:secret/data/x#password", "sm://project/secret",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "projects/shop/secrets/db/versions/latest", "/run/secrets/password", "./password.txt",
        "@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/db)", "prod/db/password",
        "1234abcd-12ab-34cd-56ef-1234567890ab", "https://login.example.com/token", "DB_PASSWORD",
        'os.environ["PASSWORD"]', "random_password.x.result", "alias/orders", "$kms_keys:orders",
        "ENC[AES256_GCM,data:abc,iv:def,type:str]", "AQICAHhabcdefghijklmnop0123456789",
        "^[a-z]{8,}$", "must be at least eight characters", "true", "none", "null",
    )),
    # Keys that speak of a secret and hold none.
    *((key, "orders-database-42") for key in (
        "password_length", "secret_name", "secretName", "existingSecret", "secret_arn", "token_ttl",
        "token_url", "key_name", "kms_key_id", "password_policy", "secret_id", "tokenAudience",
        "imagePullSecret", "tls_secret", "next_page_token", "access_key_id", "public_key", "key",
        "secret", "secretKey", "passwordSecretRef", "bypass", "primary_key", "partition_key",
        "checksum/secret", "author", "monkey", "compass", "api_key_source", "secret_provider",
    )),
    # Values that look random and are known for something else.
    ("git_commit", fake(40, HEX)), ("image", f"x.example.com/y@sha256:{fake(64, HEX)}"),
    ("digest", f"sha256:{fake(64, HEX)}"), ("source_code_hash", fake(43) + "="),
    ("thumbprint", fake(40, HEX)), ("password_hash", fake(40)), ("etag", fake(32, HEX)),
    ("ami", "ami-0abcdef1234567890"), ("account", "111122223333"), ("region", "eu-west-1"),
    ("zone_id", "Z" + fake(13, UPPER + DIGITS)), ("uuid", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("integrity", "sha512-" + fake(86) + "=="), ("version", "v1.2.3-beta.4+build.567"),
    ("public_key", "ssh-rsa " + fake(300)), ("ssh_key", "ssh-ed25519 " + fake(68)),
    ("certificate", pem("CERTIFICATE")), ("client_certificate", b64(pem("CERTIFICATE"))),
    ("private_key", pem("PUBLIC KEY")), ("csr", pem("CERTIFICATE REQUEST")),
    ("policy", b64('{"region": "eu-west-1", "replicas": 3, "name": "orders"}')),
    ("access_key", "AKIAIOSFODNN7EXAMPLE"), ("access_key", "AKIAXXXXXXXXXXXXXXXX"),
    ("secret_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), ("x", "ghp_" + "x" * 36),
    ("token", "ghp_example"), ("x", "ghp_short"), ("x", "AKIA"), ("x", "sk_live_"),
    ("x", "npm_config_registry"), ("x", "hf_hub_download_all_the_models_there"), ("x", "eyJ.eyJ.x"),
    ("anon", jwt({"role": "anon"})), ("sample", jwt({"sub": "1234567890", "name": "John Doe"})),
    ("blob", fake(9) + ACCESS_KEY + fake(9)),
    # Texts that speak of secrets.
    *(("user_data", value) for value in (
        "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db)",
        "export TOKEN=`cat /run/token`", "PASSWORD=$1", 'PASSWORD="${PASSWORD:?}"', "token: <token>",
        "docker login --password-stdin x", "mysql -u web -p$PASSWORD web", "mysql -u web -p web",
        "curl -u $USER:$PASS https://x", "postgres://user:password@localhost/x",
        "postgres://$USER:$PASSWORD@db/x", "postgres://web@db/x", "https://example.com/a:b@c",
        "grep 'BEGIN RSA PRIVATE KEY' x.pem", "-----BEGIN PRIVATE KEY-----", "if token == secret:",
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----", "token = get_token()",
        "password = getpass.getpass()", "password: str", "def login(password: str, token: str):",
        "The password: must have twelve characters", "secretsmanager:GetSecretValue",
        '{"Action": "iam:PassRole", "token.actions.githubusercontent.com:aud": "sts"}',
        "Authorization: Bearer $TOKEN", "Authorization: Bearer <token>", "kind: Secret\nname: token",
        "passwordPolicy: strong-passwords-only", "requirepass $PASSWORD", "secretKeyRef: {key: x}",
        "authentication: scram-sha-256", "git@github.com:example/example.git", "pass: false",
        "AccountKey=<key>", "Password=;Encrypt=true", "Password={0};", "sig=placeholder",
        "password_encryption = scram-sha-256", "IDENTIFIED BY '<password>'", "--password ''",
        'token: "{{ .Values.token }}"', "max_tokens: 4096", "tokenizer: gpt2-large-medium",
        "arn:aws:iam::111122223333:role/x@y:z@w", "api_key: ${API_KEY}", "--token-ttl 3600s",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), INNOCENT)
def test_an_innocent_value_is_left_alone(key: str, value: str) -> None:
    assert [(d.kind, d.name) for d in found(value, key)] == []


@pytest.mark.parametrize(
    "string",
    [
        written("orders", "secret", path="tags.secret"),
        written(fake(64, HEX), "checksum/secret", path='metadata.annotations["checksum/secret"]'),
        kubernetes("Ag" + fake(200), "password", "attribute", path="spec.encryptedData.password"),
        kubernetes("reader", "username", "secret"),
        kubernetes("db.internal", "host", "secret"),
        kubernetes(fake(32, HEX), "client_id", "secret"),
        kubernetes(pem("CERTIFICATE"), "tls.crt", "secret"),
        kubernetes("db-credentials", "secretName", "attribute"),
        kubernetes("token", "key", "attribute"),
        written("\0-suffix", "password", static=False),
        written("export DB_PASSWORD='\0'\nrun", "user_data", static=False),
        written("export DB_PASSWORD=\0\nrun", "user_data", static=False),
        written("postgres://web:\0@db/web", "url", static=False),
        written("run --password \0 --user web", "command", static=False),
    ],
)
def test_its_place_makes_a_string_innocent(string: WrittenString) -> None:
    assert list(detect([string])) == []


def test_what_only_its_look_gives_away_is_undecided() -> None:
    (random_,) = found(fake(24), "license_key")
    (named,) = detect([kubernetes("shop-session", "SESSION_SECRET", "env")])
    (token,) = found(fake(20), "session_token")
    assert (random_.certain, random_.severity) == (False, Severity.MEDIUM)
    assert (named.certain, named.severity) == (False, Severity.MEDIUM)
    assert (token.certain, token.severity) == (True, Severity.HIGH)


def test_a_name_beside_a_value_is_its_key() -> None:
    def pair(name: str, value: str) -> list[Detection]:
        return list(
            detect(
                [
                    written(name, "name", path="env[0].name"),
                    written(value, "value", path="env[0].value"),
                ]
            )
        )

    assert [d.kind for d in pair("API_TOKEN", fake(20))] == ["token"]
    assert [d.kind for d in pair("auth.password", "hunter2")] == ["password"]
    assert pair("auth.existingSecret", "shop-auth") == []
    assert pair("LOG_LEVEL", "verbose") == []


def test_a_secure_string_is_a_secret_whatever_its_name() -> None:
    def parameter(type: str) -> list[WrittenString]:
        head = "aws_ssm_parameter.x"
        return [
            written(type, "type", path=f"{head}.type", type="aws_ssm_parameter"),
            written("winter", "value", path=f"{head}.value", type="aws_ssm_parameter"),
        ]

    assert [d.kind for d in detect(parameter("SecureString"))] == ["secret"]
    assert list(detect(parameter("String"))) == []


def test_the_secret_key_beside_an_access_key_id_needs_no_name() -> None:
    kinds = [d.kind for d in found(f"{ACCESS_KEY}\n{SECRET_KEY}\n", "content")]
    assert kinds == ["AWS access key id", "AWS secret access key"]


def test_the_line_inside_a_heredoc_is_reported() -> None:
    text = f"#!/bin/bash\nset -e\nexport DB_PASSWORD={PASSWORD}\nrun\n"
    heredoc = written(text, "user_data", span=Span("main.tf", 4, 15, 9, 4))
    block = kubernetes(text, "run.sh", "configmap", span=Span("a.yaml", 4, 11, 8, 8))
    for string in (heredoc, block):
        (detection,) = detect([string])
        assert (detection.secret.span.line, detection.secret.span.end_line) == (7, 7)
        assert detection.secret.value == PASSWORD


def test_the_line_inside_a_block_scalar_with_its_last_blank_lines_is_reported() -> None:
    text = f"set -e\nexport DB_PASSWORD={PASSWORD}\n\n\n"
    (detection,) = detect([kubernetes(text, "run.sh", "env", span=Span("a.yaml", 4, 9, 6, 30))])
    assert detection.secret.span.line == 6


def test_a_string_that_is_not_written_as_it_reads_is_reported_whole() -> None:
    text = f"a\nexport DB_PASSWORD={PASSWORD}\n"
    for span in (Span("main.tf", 4, 1, 4, 80), Span("main.tf", 4, 1, 30, 2)):
        for source in ("terraform", "kubernetes"):
            (detection,) = detect([written(text, "user_data", span=span, source=source)])
            assert detection.secret.span == span


def test_a_folded_text_is_reported_whole() -> None:
    text = f"export A=1 export DB_PASSWORD={PASSWORD}\n"
    span = Span("a.yaml", 4, 9, 6, 30)
    (detection,) = detect([kubernetes(text, "run.sh", "configmap", span=span)])
    assert detection.secret.span == span


def test_columns_are_exact_in_a_quoted_string() -> None:
    text = f"postgres://web:{PASSWORD}@db/web"
    (detection,) = found(text, span=Span("main.tf", 3, 10, 3, 12 + len(text)))
    start = 10 + 1 + len("postgres://web:")
    assert detection.secret.span == Span("main.tf", 3, start, 3, start + len(PASSWORD))


def test_a_secret_keeps_the_whole_of_what_it_stands_in() -> None:
    text = f"postgres://web:{PASSWORD}@db/web"
    (detection,) = detect([kubernetes(text, "url", "secret")])
    assert detection.secret.value == text


def test_two_secrets_of_one_text_are_two() -> None:
    text = f"A_PASSWORD={PASSWORD}\nB_PASSWORD={fake(16)}\n"
    assert [d.name for d in found(text, "user_data")] == ["A_PASSWORD", "B_PASSWORD"]


def test_the_same_place_is_reported_once() -> None:
    string = written(PASSWORD, "password")
    assert len(list(detect([string, string]))) == 1


def test_messages_and_advice_never_hold_the_value() -> None:
    for string in (case[1] for case in KEYS):
        for detection in detect([string]):
            said = f"{detection!r} {detection.where()} {advice.fix(detection)} {detection.redacted}"
            if len(string.value) > 8:
                assert string.value not in said


def test_advice_knows_the_cloud() -> None:
    def says(type: str, key: str = "password", **known: Any) -> str:
        (detection,) = found(PASSWORD, key, type=type, **known)
        return advice.fix(detection)

    assert "manage_master_user_password" in says("aws_db_instance")
    assert "aws_secretsmanager_secret_version" in says("aws_mq_broker")
    assert "Key Vault" in says("azurerm_mssql_server")
    assert "google_secret_manager_secret_version" in says("google_sql_user")
    assert "TF_VAR_" in says("", form="default")
    assert "External Secrets" in says("Secret", source="kubernetes", form="secret")


@pytest.mark.parametrize(
    ("key", "noun", "grade"),
    [
        ("password", "password", "strong"),
        ("initial_admin_password", "password", "strong"),
        ("dbPassword_OLD", "password", "strong"),
        ("PGPASSWORD", "password", "strong"),
        ("aws_secret_access_key", "secret access key", "strong"),
        ("password_length", "", "none"),
        ("secretName", "", "none"),
        ("continuation_token", "", "none"),
        ("credentials", "credential", "weak"),
        ("a" * 500, "", "none"),
        ("", "", "none"),
    ],
)
def test_keys_are_read_by_their_last_words(key: str, noun: str, grade: str) -> None:
    assert keys.classify(key) == keys.Key(noun, grade)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [fake(n, a) for n in (20, 32, 40, 64) for a in (B62, HEX)])
def test_random_values_look_random(value: str) -> None:
    assert looks_random(value)


@pytest.mark.parametrize(
    "value",
    [
        "prod-cluster-eks-node-group",
        "orders.eu-west-1.internal",
        "AmazonSSMManagedInstanceCore",
        "europe-docker.pkg.dev",
        "a1",
        "20240101-000000-backup",
        "Standard_D4s_v5",
        "db.r6g.2xlarge",
    ],
)
def test_names_do_not_look_random(value: str) -> None:
    assert not looks_random(value)


_PREFIXES = st.sampled_from(["", "AKIA", "ghp_", "sk-", "sk-ant-", "glpat-", "eyJ", "rk_live_"])


@given(_PREFIXES, st.text(min_size=1, max_size=200))
def test_redaction_shows_no_more_than_a_public_prefix(prefix: str, rest: str) -> None:
    value = prefix + rest
    shown = redacted(value).removesuffix("****")
    assert value.startswith(shown)
    assert not shown or len(value) - len(shown) >= 8


@given(st.sampled_from([t for tokens in TOKENS.values() for t in tokens]))
def test_redaction_of_a_token_keeps_its_random_part(token: str) -> None:
    shown = redacted(token).removesuffix("****")
    assert token.startswith(shown)
    if not shown.startswith("-----BEGIN"):
        assert len(shown) <= 11


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("AKIAghp_sk-eyJ.=:\"'\\ \n\0{}$(</password token:@//Bearer")),
    st.sampled_from(["password", "user_data", "text", "token", "auth"]),
    st.sampled_from(["attribute", "secret", "env", "default"]),
)
def test_any_text_is_judged_without_breaking(value: str, key: str, form: str) -> None:
    for detection in detect([written(value, key, form=form)]):
        assert detection.secret.value in value
        assert detection.secret.span.line >= 1


@given(st.text(max_size=60))
def test_every_reason_to_be_innocent_is_said_in_words(value: str) -> None:
    said = innocent.reason(value)
    assert said is None or said


def _seconds(strings: Sequence[WrittenString]) -> float:
    start = time.perf_counter()
    for _ in detect(strings):
        pass
    return time.perf_counter() - start


LINES = {
    "prose": "the quick brown fox jumps over the lazy dog and runs away again\n",
    "one line": "a",
    "keys": "password=",
    "needles": "AKIAghp_xoxb-sk_live_eyJ",
    "pairs": f"DB_PASSWORD={PASSWORD}\n",
    "urls": "https://a:",
    "headers": "Bearer aaaaaaa ",
    "armour": "-----BEGIN RSA PRIVATE KEY-----\n",
    "names": 'name: x_token value: "',
    "quotes": 'token: "',
    "commands": "mysql x ",
    "base64": "LS0tLS1CRUdJTiBSU0EgUFJJVkFU",
}


@pytest.mark.parametrize("line", LINES.values(), ids=list(LINES))
def test_time_grows_with_the_text_and_no_faster(line: str) -> None:
    small, large = (written(line * (n // len(line)), "user_data") for n in (200_000, 1_600_000))
    list(detect([written(ACCESS_KEY)]))  # the import is not what is measured
    assert _seconds([large]) < 8 * 3 * max(_seconds([small]), 0.02)


def test_fifty_megabytes_are_read_in_bounded_time() -> None:
    line = LINES["prose"]
    text = line * (50_000_000 // len(line)) + f"export DB_PASSWORD={PASSWORD}\n"
    start = time.perf_counter()
    assert [d.kind for d in found(text, "user_data")] == ["password"]
    assert time.perf_counter() - start < 60


def test_many_strings_are_read_in_bounded_time() -> None:
    strings = [written(f"orders-{n}.eu-west-1.example.com", f"name{n % 50}") for n in range(50_000)]
    assert _seconds(strings) < 10


def test_detect_secrets_is_imported_for_a_candidate_only() -> None:
    code = (
        "import sys\n"
        "from scanner.model import Span, WrittenString\n"
        "from scanner.secrets import detect\n"
        "s = WrittenString('hunter2x', Span('a', 1, 1, 1, 9), 'password', 'password', 'local',"
        " '.', 'terraform')\n"
        "assert len(list(detect([s]))) == 1\n"
        "assert 'detect_secrets' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _rule() -> Rule:
    path = Path(__file__).parent.parent / "rules" / "secrets" / "hard_coded_secret.py"
    spec = importlib.util.spec_from_file_location("hard_coded_secret", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.hard_coded_secret
    assert isinstance(made, Rule)
    return made


def test_the_rule_says_what_where_and_what_to_do() -> None:
    rule = _rule()
    strings = (
        written(
            f"#!/bin/sh\nexport DB_PASSWORD={PASSWORD}\n",
            "user_data",
            path="aws_instance.web.user_data",
            type="aws_instance",
            owner=".#aws_instance.web",
            span=Span("main.tf", 4, 15, 7, 4),
        ),
        written(fake(24), "license_key", path="variable.license_key.default", form="default"),
    )
    problems = list(rule.run(Graph({}, strings=strings), None))  # type: ignore[arg-type]
    assert [(p.message, p.verdict, p.severity) for p in problems] == [
        (
            "a hard-coded password in 'aws_instance.web.user_data' (DB_PASSWORD)",
            "fail",
            Severity.HIGH,
        ),
        ("a hard-coded secret key in 'variable.license_key.default'", "undecided", Severity.MEDIUM),
    ]
    assert all(p.help and p.severity and p.severity.rank <= rule.severity.rank for p in problems)
    subject = problems[0].subject
    assert isinstance(subject, WrittenString)
    assert (subject.span.line, subject.value) == (6, PASSWORD)
    assert [p.path for p in problems] == ["user_data", "variable.license_key.default"]
    assert rule.id == "DOM301"
    assert rule.name == "hard-coded-secret"
