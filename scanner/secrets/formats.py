"""The table of token forms: what it is, a word that is always in it, what it looks like."""

from __future__ import annotations

from msgspec import Struct

from scanner.rule import Severity


class Format(Struct, frozen=True):
    """One form of token.

    ``needles`` are texts of which every token contains one. ``plugin`` is a class of
    detect-secrets whose patterns are used (``only`` one of them, by index), ``patterns`` are
    ours. ``group`` takes the first group of a pattern for the secret, or what follows its
    first ``=``; ``check`` names a further test; ``bounded`` forms do not go on as a longer word.
    """

    kind: str
    needles: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    plugin: str = ""
    only: int = -1
    severity: Severity = Severity.CRITICAL
    check: str = ""
    group: bool = False
    bounded: bool = True


_HIGH, _MEDIUM = Severity.HIGH, Severity.MEDIUM

FORMATS = (
    Format(
        "AWS access key id",
        ("AKIA", "ASIA", "ABIA", "ACCA", "A3T"),
        plugin="aws.AWSKeyDetector",
        only=0,
    ),
    Format(
        "private key",
        ("PRIVATE KEY", "PuTTY-User-Key-File-"),
        (r"BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?", r"PuTTY-User-Key-File-3"),
        plugin="private_key.PrivateKeyDetector",
        check="armour",
        bounded=False,
    ),
    Format(
        "private key",
        ("LS0tLS1CRUdJTi",),
        (
            # "-----BEGIN " and then RSA, nothing, EC; OPENSSH, DSA, ENCRYPTED; in base64.
            r"LS0tLS1CRUdJTiB(?:SU0EgUFJJVkFUR|QUklWQVRFIEtFW|FQyBQUklWQVRF)",
            r"LS0tLS1CRUdJTiB(?:PUEVOU1NIIFBSS|EU0EgUFJJ|FTkNSWVBURUQgUFJJ)",
        ),
        check="encoded",
        bounded=False,
    ),
    Format(
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        (r"github_pat_[A-Za-z0-9_]{36,255}", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
        plugin="github_token.GitHubTokenDetector",
    ),
    Format(
        "GitLab token",
        (
            "glpat-",
            "gldt-",
            "glft-",
            "glsoat-",
            "glrt-",
            "GR1348941",
            "glcbt-",
            "glimt-",
            "glptt-",
            "glagent-",
            "gloas-",
        ),
        (r"gl(?:pat|rt|dt)-[A-Za-z0-9_.-]{20,300}",),
        plugin="gitlab_token.GitLabTokenDetector",
    ),
    Format(
        "Slack token",
        ("xoxa-", "xoxb-", "xoxp-", "xoxo-", "xoxs-", "xoxr-", "xapp-", "xoxe"),
        (r"xapp-\d-[A-Z0-9]{8,}-\d{8,}-[a-f0-9]{32,}", r"xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{100,}"),
        plugin="slack.SlackDetector",
        only=0,
    ),
    Format(
        "Slack webhook",
        ("hooks.slack.com/",),
        (r"https://hooks\.slack\.com/workflows/T\w{6,}/A\w{6,}/\d{10,}/\w{20,}",),
        plugin="slack.SlackDetector",
        only=1,
        severity=_HIGH,
    ),
    Format(
        "Stripe key",
        ("sk_live_", "rk_live_"),
        (r"[rs]k_live_[0-9a-zA-Z]{24,247}",),
        plugin="stripe.StripeDetector",
    ),
    Format(
        "Stripe test key",
        ("sk_test_", "rk_test_", "whsec_"),
        (r"[rs]k_test_[0-9a-zA-Z]{24,247}", r"whsec_[A-Za-z0-9+/=]{32,}"),
        severity=_MEDIUM,
    ),
    Format("Anthropic API key", ("sk-ant-",), (r"sk-ant-[a-z]{3,10}\d{2}-[A-Za-z0-9_-]{24,160}",)),
    Format(
        "OpenAI API key",
        ("T3BlbkFJ", "sk-proj-", "sk-svcacct-", "sk-admin-"),
        (r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}",),
        plugin="openai.OpenAIDetector",
    ),
    Format("Hugging Face token", ("hf_",), (r"(?:hf|api_org)_[A-Za-z0-9]{30,40}",)),
    Format("SendGrid API key", ("SG.",), plugin="sendgrid.SendGridDetector"),
    Format("npm token", ("npm_",), (r"npm_[A-Za-z0-9]{36}",)),
    Format("npm token", (":_authToken=",), plugin="npm.NpmDetector", group=True),
    Format("PyPI token", ("pypi-AgE",), plugin="pypi_token.PypiTokenDetector"),
    Format("Google API key", ("AIza",), (r"AIza[0-9A-Za-z_-]{35}",), severity=_HIGH),
    Format("Google OAuth client secret", ("GOCSPX-",), (r"GOCSPX-[A-Za-z0-9_-]{28}",)),
    Format("Google OAuth token", ("ya29.",), (r"ya29\.[A-Za-z0-9_-]{40,}",)),
    Format(
        "Azure storage account key",
        ("AccountKey=",),
        (r"AccountKey=([A-Za-z0-9+/]{86,88}={0,2})",),
        plugin="azure_storage_key.AzureStorageKeyDetector",
        group=True,
        bounded=False,
    ),
    Format(
        "Azure shared access key",
        ("SharedAccessKey=", "AccessKey="),
        (r"(?:Shared|;|^)AccessKey=([A-Za-z0-9+/]{40,88}={0,2})",),
        group=True,
        bounded=False,
    ),
    Format(
        "Azure shared access signature",
        ("sig=",),
        (r"[?&;]sig=([A-Za-z0-9%+/]{40,100}(?:%3[Dd]|=){0,2})",),
        severity=_HIGH,
        group=True,
        bounded=False,
    ),
    Format(
        "Microsoft Entra client secret",
        ("Q~",),
        (r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}",),
        check="random",
    ),
    Format(
        "JSON Web Token",
        ("eyJ",),
        plugin="jwt.JwtTokenDetector",
        severity=_HIGH,
        check="jwt",
        bounded=False,
    ),
    Format("HashiCorp Vault token", ("hvs.", "hvb.", "hvr."), (r"hv[sbr]\.[A-Za-z0-9_-]{24,300}",)),
    Format(
        "HCP Terraform token", (".atlasv1.",), (r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,80}",)
    ),
    Format("DigitalOcean token", ("_v1_",), (r"do[oprt]_v1_[a-f0-9]{64}",)),
    Format("Databricks token", ("dapi",), (r"dapi[a-f0-9]{32}(?:-\d)?",)),
    Format("Docker Hub token", ("dckr_",), (r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60}",)),
    Format(
        "Grafana token",
        ("glsa_", "glc_"),
        (r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}", r"glc_[A-Za-z0-9+/]{32,400}={0,2}"),
    ),
    Format("New Relic key", ("NRAK-", "NRAL"), (r"NRAK-[A-Z0-9]{27}", r"[a-f0-9]{36}NRAL")),
    Format(
        "Shopify token",
        ("shpat_", "shpca_", "shppa_", "shpss_"),
        (r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",),
    ),
    Format("Postman API key", ("PMAK-",), (r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",)),
    Format("Linear API key", ("lin_api_",), (r"lin_api_[A-Za-z0-9]{40}",)),
    Format("Notion token", ("ntn_",), (r"ntn_[A-Za-z0-9]{40,50}",)),
    Format("Figma token", ("figd_",), (r"figd_[A-Za-z0-9_-]{40}",)),
    Format(
        "Doppler token",
        ("dp.",),
        (r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}",),
    ),
    Format("Pulumi token", ("pul-",), (r"pul-[a-f0-9]{40}",)),
    Format(
        "PlanetScale credential", ("pscale_",), (r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9=._-]{32,64}",)
    ),
    Format(
        "Supabase key",
        ("sbp_", "sb_secret_"),
        (r"sbp_[a-f0-9]{40}", r"sb_secret_[A-Za-z0-9_-]{24,60}"),
    ),
    Format(
        "Tailscale key", ("tskey-",), (r"tskey-[a-z]{2,10}-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{20,40}",)
    ),
    Format(
        "Sentry token", ("sntry",), (r"sntrys_eyJ[A-Za-z0-9+/=_-]{60,400}", r"sntryu_[a-f0-9]{64}")
    ),
    Format("RubyGems API key", ("rubygems_",), (r"rubygems_[a-f0-9]{48}",)),
    Format("age secret key", ("AGE-SECRET-KEY-1",), (r"AGE-SECRET-KEY-1[A-Z0-9]{58}",)),
    Format("Replicate token", ("r8_",), (r"r8_[A-Za-z0-9]{37}",)),
    Format("Groq API key", ("gsk_",), (r"gsk_[A-Za-z0-9]{52}",)),
    Format("xAI API key", ("xai-",), (r"xai-[A-Za-z0-9]{70,90}",)),
    Format("Perplexity API key", ("pplx-",), (r"pplx-[A-Za-z0-9]{48}",)),
    Format(
        "Mapbox secret token", ("sk.eyJ",), (r"sk\.eyJ[A-Za-z0-9_-]{40,200}\.[A-Za-z0-9_-]{20,40}",)
    ),
    Format(
        "Atlassian token",
        ("ATATT3", "ATBB"),
        (r"ATATT3[A-Za-z0-9_=-]{100,250}", r"ATBB[A-Za-z0-9]{32}"),
    ),
    Format(
        "Alibaba Cloud access key id",
        ("LTAI",),
        (r"LTAI[A-Za-z0-9]{12,26}",),
        severity=_HIGH,
        check="random",
    ),
    Format(
        "Tencent Cloud access key id",
        ("AKID",),
        (r"AKID[A-Za-z0-9]{32}",),
        severity=_HIGH,
        check="random",
    ),
    Format("Yandex Cloud API key", ("AQVN",), (r"AQVN[A-Za-z0-9_-]{34,38}",)),
    Format("Mailgun key", ("key-",), (r"key-[a-f0-9]{32}",)),
    Format("Mailchimp key", ("-us",), plugin="mailchimp.MailchimpDetector", check="random"),
    Format("Twilio API key", ("SK",), (r"SK[a-f0-9]{32}",)),
    Format("Square OAuth secret", ("sq0csp-",), plugin="square_oauth.SquareOAuthDetector"),
    Format("Telegram bot token", (":AA",), plugin="telegram_token.TelegramBotTokenDetector"),
    Format("Artifactory token", ("AKCp",), (r"AKCp[A-Za-z0-9]{69}",)),
    Format(
        "Dynatrace token", ("dt0c01.", "dt0s"), (r"dt0[a-z]\d{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}",)
    ),
    Format("Contentful token", ("CFPAT-",), (r"CFPAT-[A-Za-z0-9_-]{43}",)),
    Format("Heroku API key", ("HRKU-",), (r"HRKU-[A-Za-z0-9_-]{36,70}",)),
    Format("Fly.io token", ("fm2_",), (r"fm2_[A-Za-z0-9+/=,_]{80,1000}",)),
    Format(
        "Discord webhook",
        ("/api/webhooks/",),
        (r"https://discord(?:app)?\.com/api/webhooks/\d{15,22}/[\w-]{60,80}",),
        severity=_HIGH,
    ),
    Format(
        "Microsoft Teams webhook",
        (".webhook.office.com/",),
        (
            r"https://[a-z0-9-]{1,60}\.webhook\.office\.com/webhookb2/[0-9a-f@-]{70,80}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}",
        ),
        severity=_HIGH,
    ),
)
"""In the order in which they are tried; the first to match a place names it."""
