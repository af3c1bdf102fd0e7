"""What can go wrong with users."""

from retinue.core.errors import ConflictError, DeniedError, FieldProblem, InvalidError, MissingError


class UserMissingError(MissingError):
    """There is no such user."""

    code = "user_missing"


class EmailTakenError(ConflictError):
    """There is already an account with this e-mail address."""

    code = "email_taken"
    remedy = "Sign in with it instead."


class UsernameTakenError(ConflictError):
    """Somebody else has this username."""

    code = "username_taken"

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(fields=(FieldProblem("username", "is taken", "Choose another one."),))


class PasswordWeakError(InvalidError):
    """The password is too easy to guess."""

    code = "password_weak"

    def __init__(self, field: str, message: str) -> None:
        """Take the field of the request that holds the password, and what is wrong with it."""
        remedy = "Choose a longer one: several unrelated words do well."
        super().__init__(f"{field}: {message}", remedy=remedy, fields=(FieldProblem(field, message, remedy),))


class PasswordWrongError(InvalidError):
    """The present password does not fit."""

    code = "password_wrong"

    def __init__(self, field: str) -> None:
        """Take the field of the request that holds the password."""
        remedy = "Enter the password you sign in with now."
        super().__init__(remedy=remedy, fields=(FieldProblem(field, "does not fit", remedy),))


class NotSuperuserError(DeniedError):
    """Only a superuser of this installation may do this."""

    code = "not_superuser"
    remedy = "Ask a superuser; the first owner of the installation is one."


class OwnAccountError(ConflictError):
    """You cannot switch off, or take the superuser's rights from, your own account."""

    code = "own_account"
    remedy = "Let another superuser do it."
