"""What a template's values look like once they are deployed, as long as they can become.

CloudFormation fills references in, and what a service refuses is what it then gets.
"""

import json
import re
from typing import Any

ACCOUNT = "123456789012"
REGION = "ap-northeast-1"
ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
"""As long as an ARN begins."""

UUID = "01a20a25-981d-7ea6-8e1d-bfea52108785"
LONGEST_NAME = 64
"""Of the names that CloudFormation makes, for most kinds of resource; queues may have 80."""


class Renderer:
    """Renders the values of one template."""

    def __init__(self, stack: str, resources: dict[str, dict[str, Any]]) -> None:
        self._stack = stack
        self._resources = resources

    def text(self, value: Any) -> str:
        """``value`` with every reference filled in; what is no text becomes its JSON."""
        found = self.value(value)
        return found if isinstance(found, str) else json.dumps(found)

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, given),) = value.items()
            if key == "Ref":
                return self._reference(given)
            if key.startswith("Fn::"):
                return self._function(key.removeprefix("Fn::"), given)
        return {key: self.value(each) for key, each in value.items()}

    def size(self, policy: Any) -> int:
        """Characters of a policy as IAM counts them: without white space."""
        return len(json.dumps(self.value(policy), separators=(",", ":")))

    def _function(self, name: str, given: Any) -> Any:
        match name, self.value(given):
            case "Join", [separator, parts]:
                return separator.join(self.text(part) for part in parts)
            case "Split", [separator, text]:
                return text.split(separator)
            case "Select", [index, parts]:
                return parts[int(index)]
            case "Sub", str(text):
                return re.sub(r"\$\{([\w:]+)\}", lambda match: self._reference(match[1]), text)
            case "GetAtt", [resource, attribute]:
                name = self._name(resource)
                return f"{ARN}{name}" if attribute == "Arn" else name
            case "GetAZs", _:
                return [f"{REGION}{letter}" for letter in "abcdef"]
        raise NotImplementedError(f"Fn::{name} of {given}")

    def _reference(self, name: str) -> str:
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": REGION,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self._stack,
            "AWS::StackId": (
                f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self._stack}/{UUID}"
            ),
        }
        if name in pseudo:
            return pseudo[name]
        kind = self._resources[name]["Type"]
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self._name(name)}"
        if kind in ("AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::Lambda::LayerVersion"):
            return f"{ARN}{self._name(name)}"
        return self._name(name)

    def _name(self, resource: str) -> str:
        longest = 80 if self._resources[resource]["Type"] == "AWS::SQS::Queue" else LONGEST_NAME
        return f"{self._stack}-{resource}-".ljust(longest, "X")[:longest]
