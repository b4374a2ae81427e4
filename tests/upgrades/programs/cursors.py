"""Makes and reads cursors, as the last release does.

Given ``{"list": …, "after": …, "cursor": …}``, answers ``{"cursor": for that place, "after": place
of the given cursor}``.
"""

import json
import sys

from api import cursors


def main() -> None:
    assert cursors.__file__.startswith(sys.argv[1]), cursors.__file__
    asked = json.load(sys.stdin)
    answer = {
        "cursor": cursors.encode(asked["list"], asked["after"]),
        "after": cursors.decode(asked["list"], asked["cursor"]),
    }
    json.dump(answer, sys.stdout)


main()
