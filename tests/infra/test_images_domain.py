"""The images' own domain, in place of CloudFront's."""

import pytest

from infra.settings import SettingsError
from tests.infra.synthesised import CHOICES, Synthesised, synthesise


@pytest.fixture
def own() -> Synthesised:
    return synthesise("prod", **CHOICES)


def test_images_have_urls_of_that_domain(own: Synthesised) -> None:
    assert own.environment("processor")["IMAGES_URL"] == "https://images.darkroom.example.com"
    assert own.outputs["ImagesUrl"] == "https://images.darkroom.example.com"


def test_cloudfront_answers_for_it_with_its_certificate(own: Synthesised) -> None:
    (distribution,) = own.of_type("AWS::CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    assert config["Aliases"] == ["images.darkroom.example.com"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": CHOICES["images_certificate"],
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }


def test_the_output_says_where_dns_must_lead(on_aws: Synthesised, own: Synthesised) -> None:
    for stage in (on_aws, own):
        (distribution,) = stage.of_type("AWS::CloudFront::Distribution")
        target = stage.outputs["ImagesDomainTarget"]
        assert target == {"Fn::GetAtt": [distribution, "DomainName"]}


def test_the_same_distribution_goes_on_serving_the_earlier_urls(
    prod: Synthesised, own: Synthesised
) -> None:
    assert set(prod.of_type("AWS::CloudFront::Distribution")) == set(
        own.of_type("AWS::CloudFront::Distribution")
    )


def test_a_domain_without_a_certificate_is_not_deployed() -> None:
    with pytest.raises(SettingsError, match="images_certificate"):
        synthesise("prod", images_domain="images.example.com")


def test_a_certificate_without_a_domain_changes_nothing(prod: Synthesised) -> None:
    left = synthesise("prod", images_certificate=CHOICES["images_certificate"])
    assert left.resources == prod.resources
