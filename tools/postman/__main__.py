"""Writes ``docs/postman_collection.json``: ``python -m postman``, with the local cloud up."""

import sys
from pathlib import Path

import requests

from localcloud.stack import read
from postman.collection import collection, text

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "postman_collection.json"


def main() -> int:
    stack = read(ROOT / ".local" / "stack.json")
    if stack is None:
        print("The local cloud is not up; `make up` starts it.", file=sys.stderr)
        return 1
    try:
        document = requests.get(f"{stack.api_url}/openapi.json", timeout=30).json()
    except requests.RequestException as error:
        print(f"{stack.api_url} does not answer: {error}", file=sys.stderr)
        return 1
    FILE.write_text(text(collection(document)), "utf-8")
    print(f"{FILE.relative_to(ROOT)} is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
