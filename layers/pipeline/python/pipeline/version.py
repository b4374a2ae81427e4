"""The release's version, in this one place.

The package's metadata (and with it ``darkroom --version``), the OpenAPI document, the Postman
collection and the User-Agent are made from it. PEP 440 says how it is written: ``0.2.0.dev0`` while
0.2.0 is being made.
"""

VERSION = "0.2.0.dev0"
