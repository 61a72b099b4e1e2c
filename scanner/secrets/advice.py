"""What to do about a secret, in the words of the cloud that it was found in."""

from __future__ import annotations

from scanner.secrets.detection import Detection

_STORES = (
    (("aws_",), "AWS Secrets Manager and read it with an aws_secretsmanager_secret_version"),
    (
        ("azurerm_", "azapi_", "azuread_"),
        "Azure Key Vault and read it with an azurerm_key_vault_secret",
    ),
    (("google_",), "Secret Manager and read it with a google_secret_manager_secret_version"),
    (("scaleway_",), "Secret Manager and read it with a scaleway_secret_version"),
    (("ovh_",), "OVHcloud Secret Manager and read it where it is needed"),
    (("oci_",), "OCI Vault and read it with an oci_secrets_secretbundle"),
    (("alicloud_",), "KMS Secrets Manager and read it with an alicloud_kms_secret_versions"),
    (("yandex_",), "Lockbox and read it with a yandex_lockbox_secret_version"),
)
_MANAGED = {
    "aws_db_instance.password": "set manage_master_user_password and let RDS keep it",
    "aws_rds_cluster.master_password": "set manage_master_user_password and let RDS keep it",
    "aws_redshift_cluster.master_password": "set manage_master_password and let Redshift keep it",
    "aws_docdb_cluster.master_password": "set manage_master_user_password and let AWS keep it",
}
_KUBERNETES = (
    "keep it in a secret manager and let External Secrets, the Secrets Store CSI driver or "
    "Sealed Secrets bring it into the cluster"
)
_VARIABLE = (
    "leave the variable without a default, mark it sensitive and give it as TF_VAR_ from the "
    "pipeline's secrets"
)


def fix(found: Detection) -> str:
    """Return how to be rid of the secret, one sentence without a full stop."""
    return f"revoke it, it stays in the history; then {_keep(found)}"


def _keep(found: Detection) -> str:
    string = found.string
    if string.source != "terraform":
        return _KUBERNETES
    if "access key" in found.kind and "AWS" in found.kind:
        return "use a role (an instance profile, IRSA, OIDC from the pipeline) in place of keys"
    managed = _MANAGED.get(f"{string.type}.{string.key}")
    if managed:
        return managed
    if string.form in ("default", "tfvars"):
        return _VARIABLE
    for prefixes, store in _STORES:
        if string.type.startswith(prefixes):
            return f"keep it in {store}"
    return "keep it in a secret manager and give it as a sensitive variable or an ephemeral value"
