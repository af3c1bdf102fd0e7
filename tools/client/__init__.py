"""The generator of ``retinue.client``: types and methods from the OpenAPI document."""
