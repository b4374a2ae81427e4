"""Makes the Postman collection out of the OpenAPI document of a running Darkroom."""
