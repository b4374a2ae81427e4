"""What AWS's services demand of texts and names, beyond what CloudFormation's schemas say.

A text that breaks such a rule is found by the deploy, after minutes, and undone with all the rest.
Where AWS's own model of a service (as botocore carries it) has the rule, it is taken from there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader

EC2_TEXT = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*"
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html"""

EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html"
RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
RDS_NAME = r"[a-zA-Z](-?[a-zA-Z0-9])*"
SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"
SNS = "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
API = "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html"
CDN = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html"
OAC = (
    "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html"
)
TAGS = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"
DASHBOARD = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html"
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"


@dataclass(frozen=True)
class Rule:
    """One text of one kind of resource.

    Attributes:
        path: of the property, ``SecurityGroupEgress[].Description``.
        pattern: of the whole text.
    """

    kind: str
    path: str
    longest: int
    pattern: str
    source: str
    shortest: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"

    def broken_by(self, text: str) -> str:
        """What is wrong with a text; nothing if it is fine."""
        if not self.shortest <= len(text) <= self.longest:
            return f"{len(text)} characters, not {self.shortest} to {self.longest}"
        if not re.fullmatch(self.pattern, text, re.DOTALL):
            return f"not of the characters {self.pattern}"
        return ""


@cache
def _shapes(service: str) -> dict[str, Any]:
    shapes: dict[str, Any] = Loader().load_service_model(service, "service-2")["shapes"]
    return shapes


def modelled(kind: str, path: str, service: str, shape: str) -> Rule:
    """A rule that AWS's model of the service states."""
    model = _shapes(service)[shape]
    # Python's expressions know no classes of Unicode; letters, spaces and digits are near enough.
    pattern = re.sub(r"\\p\{[LN]\}", r"\\w", model.get("pattern", ".*")).replace(r"\p{Z}", r"\s")
    return Rule(
        kind,
        path,
        longest=model["max"],
        shortest=model.get("min", 0),
        pattern=pattern,
        source=f"botocore: {service}.{shape}",
    )


RULES = (
    Rule("AWS::EC2::SecurityGroup", "GroupDescription", 255, EC2_TEXT, EC2, shortest=1),
    Rule("AWS::EC2::SecurityGroup", "GroupName", 255, rf"(?!sg-){EC2_TEXT}", EC2),
    Rule("AWS::EC2::SecurityGroup", "SecurityGroupEgress[].Description", 255, EC2_TEXT, EC2),
    Rule("AWS::EC2::SecurityGroup", "SecurityGroupIngress[].Description", 255, EC2_TEXT, EC2),
    Rule("AWS::EC2::SecurityGroupEgress", "Description", 255, EC2_TEXT, EC2),
    Rule("AWS::EC2::SecurityGroupIngress", "Description", 255, EC2_TEXT, EC2),
    modelled("AWS::IAM::Role", "Description", "iam", "roleDescriptionType"),
    modelled("AWS::IAM::Role", "RoleName", "iam", "roleNameType"),
    modelled("AWS::IAM::Role", "Policies[].PolicyName", "iam", "policyNameType"),
    modelled("AWS::IAM::Policy", "PolicyName", "iam", "policyNameType"),
    modelled("AWS::IAM::ManagedPolicy", "Description", "iam", "policyDescriptionType"),
    modelled("AWS::Lambda::Function", "Description", "lambda", "Description"),
    modelled("AWS::Lambda::Function", "Handler", "lambda", "Handler"),
    Rule("AWS::Lambda::Function", "FunctionName", 64, r"[a-zA-Z0-9-_]+", LAMBDA),
    modelled("AWS::Lambda::LayerVersion", "Description", "lambda", "Description"),
    modelled("AWS::Lambda::LayerVersion", "LayerName", "lambda", "LayerName"),
    modelled("AWS::KMS::Key", "Description", "kms", "DescriptionType"),
    modelled("AWS::Events::Rule", "Description", "events", "RuleDescription"),
    modelled("AWS::Events::Rule", "Name", "events", "RuleName"),
    modelled("AWS::Events::Rule", "EventPattern", "events", "EventPattern"),
    modelled("AWS::Events::Rule", "Targets[].Id", "events", "TargetId"),
    modelled("AWS::Events::Rule", "ScheduleExpression", "events", "ScheduleExpression"),
    modelled("AWS::CloudWatch::Alarm", "AlarmName", "cloudwatch", "AlarmName"),
    modelled("AWS::CloudWatch::Alarm", "AlarmDescription", "cloudwatch", "AlarmDescription"),
    modelled("AWS::CloudWatch::Alarm", "Namespace", "cloudwatch", "Namespace"),
    modelled("AWS::CloudWatch::Alarm", "MetricName", "cloudwatch", "MetricName"),
    modelled("AWS::CloudWatch::Alarm", "Dimensions[].Name", "cloudwatch", "DimensionName"),
    modelled("AWS::CloudWatch::Alarm", "Dimensions[].Value", "cloudwatch", "DimensionValue"),
    Rule("AWS::CloudWatch::Dashboard", "DashboardName", 255, r"[A-Za-z0-9_-]+", DASHBOARD),
    modelled("AWS::Logs::LogGroup", "LogGroupName", "logs", "LogGroupName"),
    Rule(
        "AWS::SecretsManager::Secret",
        "Name",
        512,
        # A hyphen and six characters at the end would look like what Secrets Manager adds.
        r"(?!.*-[A-Za-z0-9]{6}$)[A-Za-z0-9/_+=.@-]+",
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html",
    ),
    modelled("AWS::SecretsManager::Secret", "Description", "secretsmanager", "DescriptionType"),
    Rule(
        "AWS::SecretsManager::RotationSchedule",
        "HostedRotationLambda.RotationLambdaName",
        64,
        r"[a-zA-Z0-9-_]+",
        LAMBDA,
    ),
    modelled(
        "AWS::SecretsManager::RotationSchedule",
        "RotationRules.ScheduleExpression",
        "secretsmanager",
        "ScheduleExpressionType",
    ),
    Rule("AWS::RDS::DBInstance", "DBInstanceIdentifier", 63, RDS_NAME, RDS, shortest=1),
    Rule("AWS::RDS::DBInstance", "DBName", 63, r"[a-zA-Z_][a-zA-Z0-9_]*", RDS, shortest=1),
    Rule("AWS::RDS::DBInstance", "MasterUsername", 16, r"(?!rds|pg_)[a-zA-Z][a-zA-Z0-9_]*", RDS),
    Rule("AWS::RDS::DBParameterGroup", "DBParameterGroupName", 255, RDS_NAME, RDS),
    Rule("AWS::RDS::DBParameterGroup", "Description", 255, r".+", RDS, shortest=1),
    Rule("AWS::RDS::DBSubnetGroup", "DBSubnetGroupDescription", 255, r".+", RDS, shortest=1),
    Rule("AWS::SQS::Queue", "QueueName", 80, r"[A-Za-z0-9_-]+(\.fifo)?", SQS),
    Rule("AWS::SNS::Topic", "TopicName", 256, r"[A-Za-z0-9_-]+(\.fifo)?", SNS),
    Rule("AWS::SNS::Topic", "DisplayName", 100, r".*", SNS),
    Rule("AWS::S3::Bucket", "BucketName", 63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]", S3, shortest=3),
    Rule("AWS::S3::Bucket", "LifecycleConfiguration.Rules[].Id", 255, r".*", S3),
    Rule("AWS::ApiGatewayV2::Api", "Name", 128, r".*", API, shortest=1),
    Rule("AWS::ApiGatewayV2::Api", "Description", 1024, r".*", API),
    Rule("AWS::ApiGatewayV2::Stage", "StageName", 128, r"\$default|[A-Za-z0-9_-]+", API),
    Rule("AWS::CloudFront::Distribution", "DistributionConfig.Comment", 128, r".*", CDN),
    Rule(
        "AWS::CloudFront::OriginAccessControl",
        "OriginAccessControlConfig.Name",
        64,
        r".+",
        OAC,
        shortest=1,
    ),
    Rule(
        "AWS::CloudFront::OriginAccessControl",
        "OriginAccessControlConfig.Description",
        256,
        r".*",
        OAC,
    ),
    # In EC2, IAM, RDS and wherever else the template has tags; `aws:` is AWS's own.
    Rule("*", "Tags[].Key", 128, r"(?!aws:)[\w\s_.:/=+\-@]+", TAGS, shortest=1),
    Rule("*", "Tags[].Value", 256, r"[\w\s_.:/=+\-@]*", TAGS),
)


def found(properties: Any, path: str) -> Iterator[Any]:
    """All values at a path, ``Tags[].Key``."""
    key, _, rest = path.partition(".")
    listed = key.endswith("[]")
    value = properties.get(key.removesuffix("[]")) if isinstance(properties, dict) else None
    for each in value if listed and isinstance(value, list) else [value]:
        if each is not None:
            yield from found(each, rest) if rest else [each]
