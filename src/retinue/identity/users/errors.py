"""What can go wrong with users."""

from retinue.core.errors import ConflictError, DeniedError, Error, FieldProblem, InvalidError, Kind, MissingError


class UserMissingError(MissingError):
    """There is no such user."""

    code = "user_missing"


class EmailTakenError(ConflictError):
    """There is already an account with this e-mail address."""

    code = "email_taken"
    remedy = "Sign in with it instead."


class UsernameTakenError(ConflictError):
    """The username is taken."""

    code = "username_taken"

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(fields=(FieldProblem("username", "is taken", "Choose another one."),))


class AvatarMissingError(MissingError):
    """The person has no picture."""

    code = "avatar_missing"


class AvatarNotGivenError(InvalidError):
    """The request has no file."""

    code = "avatar_not_given"

    def __init__(self) -> None:
        """Name the field."""
        remedy = "Send multipart/form-data with the picture in the field named file."
        super().__init__(remedy=remedy, fields=(FieldProblem("file", "is missing", remedy),))


class AvatarTypeError(InvalidError):
    """The file is not a supported image."""

    code = "avatar_type"

    def __init__(self) -> None:
        """Name the field."""
        remedy = "Upload a PNG, JPEG, GIF or WebP file."
        super().__init__(remedy=remedy, fields=(FieldProblem("file", "is not a PNG, JPEG, GIF or WebP file", remedy),))


class AvatarTooLargeError(Error):
    """The picture is too large."""

    kind = Kind.TOO_LARGE
    code = "avatar_too_large"

    def __init__(self, max_bytes: int) -> None:
        """Take how large a picture may be."""
        remedy = "Upload a smaller picture; 256 by 256 pixels are enough."
        super().__init__(remedy=remedy, fields=(FieldProblem("file", f"is larger than {max_bytes} bytes", remedy),))


class PasswordWeakError(InvalidError):
    """The password is too easy to guess."""

    code = "password_weak"

    def __init__(self, field: str, message: str) -> None:
        """Take the field of the request that holds the password, and what is wrong with it."""
        remedy = "Choose a longer password, such as several unrelated words."
        super().__init__(f"{field}: {message}", remedy=remedy, fields=(FieldProblem(field, message, remedy),))


class PasswordWrongError(InvalidError):
    """The current password is wrong."""

    code = "password_wrong"

    def __init__(self, field: str) -> None:
        """Take the field of the request that holds the password."""
        remedy = "Enter the password you sign in with now."
        super().__init__(remedy=remedy, fields=(FieldProblem(field, "does not fit", remedy),))


class NotSuperuserError(DeniedError):
    """Only superusers can do this."""

    code = "not_superuser"
    remedy = "Ask a superuser; the first owner of the installation is one."


class OwnAccountError(ConflictError):
    """You cannot disable your own account or revoke its superuser rights."""

    code = "own_account"
    remedy = "Let another superuser do it."
