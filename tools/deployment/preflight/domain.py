"""CloudFront, and the certificate and name of the images' own domain."""

from collections.abc import Iterator
from typing import Any

from deployment.preflight.findings import Case, Finding, ok, refused, warning

CLOUDFRONT_REGION = "us-east-1"
"""Where CloudFront looks for certificates, whatever the region of the rest."""

KEY_TYPES = ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1"]
"""Without them ACM lists certificates with RSA 2048 keys alone."""


def cloudfront(case: Case) -> Iterator[Finding]:
    """Whether the account may have a CloudFront distribution."""
    pages = case.account.client("cloudfront").get_paginator("list_distributions")
    distributions = [
        each for page in pages.paginate() for each in page["DistributionList"].get("Items", [])
    ]
    domain = case.context.get("images_domain", "")
    owner = _distribution_of(domain, distributions)
    if domain and owner and not _is_ours(case, owner):
        yield refused(
            f"{domain} belongs to the distribution {owner['Id']} of this account already, perhaps "
            "of an earlier stack: take the name out of it, or choose another IMAGES_DOMAIN."
        )
    elif distributions:
        yield ok("The account has CloudFront distributions.")
    else:
        yield warning(
            "The account has no CloudFront distribution yet. AWS verifies some new accounts by "
            "hand first; if the deploy says that the account must be verified, open a case with "
            "AWS Support (Account and billing), which is free, and deploy again."
        )


def certificate(case: Case) -> Iterator[Finding]:
    """The certificate of the images' own domain."""
    domain = case.context.get("images_domain", "")
    if not domain:
        return
    acm = case.account.client("acm", region=CLOUDFRONT_REGION)
    pages = acm.get_paginator("list_certificates")
    covering = [
        each
        for page in pages.paginate(Includes={"keyTypes": KEY_TYPES})
        for each in page["CertificateSummaryList"]
        if _covers(acm, each, domain)
    ]
    issued = [each for each in covering if _status(acm, each) == "ISSUED"]
    pending = [each for each in covering if _status(acm, each) == "PENDING_VALIDATION"]
    if issued:
        arn = issued[0]["CertificateArn"]
        yield ok(f"{domain} has the certificate {arn}.", context={"images_certificate": arn})
    elif pending:
        yield refused(_unproven(acm, pending[0], domain))
    else:
        yield refused(
            f"{domain} has no certificate in {CLOUDFRONT_REGION}: ask for one (aws acm "
            f"request-certificate --region {CLOUDFRONT_REGION} --domain-name {domain} "
            "--validation-method DNS), then deploy again to see which DNS record proves the domain."
        )


def _distribution_of(domain: str, distributions: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next(
        (each for each in distributions if domain in each.get("Aliases", {}).get("Items", [])), None
    )


def _is_ours(case: Case, distribution: dict[str, Any]) -> bool:
    """Whether it is the deployed stack's."""
    own = case.deployed.outputs.get("ImagesDistribution") if case.deployed else None
    return bool(distribution["Id"] == own)


def _covers(acm: Any, summary: dict[str, Any], domain: str) -> bool:  # noqa: ANN401 (a client)
    names = {
        summary.get("DomainName", ""),
        *summary.get("SubjectAlternativeNameSummaries", []),
    }
    if summary.get("HasAdditionalSubjectAlternativeNames"):
        names |= set(_described(acm, summary)["SubjectAlternativeNames"])
    _, _, parent = domain.partition(".")
    return domain in names or f"*.{parent}" in names


def _status(acm: Any, summary: dict[str, Any]) -> str:  # noqa: ANN401 (a client)
    return str(summary.get("Status") or _described(acm, summary)["Status"])


def _unproven(acm: Any, summary: dict[str, Any], domain: str) -> str:  # noqa: ANN401 (a client)
    says = f"The certificate of {domain} is not issued yet"
    for option in _described(acm, summary).get("DomainValidationOptions", []):
        record = option.get("ResourceRecord")
        if record:
            return (
                f"{says}: prove the domain by the DNS record {record['Name']} "
                f"{record['Type']} {record['Value']}, and deploy again some minutes later."
            )
    return f"{says}: prove the domain as the mail from AWS says, and deploy again."


def _described(acm: Any, summary: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 (a client)
    answer = acm.describe_certificate(CertificateArn=summary["CertificateArn"])
    certificate: dict[str, Any] = answer["Certificate"]
    return certificate
