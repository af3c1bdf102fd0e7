"""The error of an argument that cannot be sent."""


class ArgumentError(ValueError):
    """An argument cannot be put where it belongs; the text is for the model."""
