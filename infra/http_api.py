"""The HTTP API's front door: one route, for the api function does its own routing."""

import json

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.findings import acknowledge
from infra.logs import log_group
from infra.removal import unique_suffix
from infra.settings import Stage

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}
"""One line a request; no header is in it, so no API key."""


class HttpApi(Construct):
    """Attributes:
    api: the API Gateway HTTP API.
    url: its public base address, no trailing slash.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.api = apigateway.HttpApi(
            self, "Api", api_name=f"darkroom-{stage.name}", create_default_stage=False
        )
        # The L2 stage takes log settings only as a class that implements its interface.
        apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=stage.requests_per_second,
                throttling_burst_limit=stage.requests_burst,
                detailed_metrics_enabled=True,
            ),
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=self._access_log(stage).log_group_arn,
                format=json.dumps(ACCESS_LOG),
            ),
        )
        if stage.local:
            # The emulator's own host names are ones that Python cannot resolve.
            usual = f"{stage.local.endpoint_url}/_aws/execute-api/{{id}}/$default"
            self.url = (stage.local.api_url or usual).replace("{id}", self.api.api_id)
        else:
            self.url = self.api.api_endpoint

    def _access_log(self, stage: Stage) -> logs.LogGroup:
        """Its name begins as AWS asks: each other one is added to a policy of the account, which
        API Gateway finds full one day, and then the deploy fails."""
        name = f"/aws/vendedlogs/darkroom-{stage.name}/api-{unique_suffix(self)}"
        return log_group(self, "AccessLog", stage=stage, name=None if stage.local else name)

    def serve(self, function: lambda_.IFunction) -> None:
        """Sends every request to ``function``."""
        route = apigateway.HttpRoute(
            self,
            "Default",
            http_api=self.api,
            route_key=apigateway.HttpRouteKey.DEFAULT,
            integration=integrations.HttpLambdaIntegration("Integration", function),
        )
        acknowledge(
            route,
            {"APIG4": "The function checks API keys: it alone knows their tenants."},
        )
