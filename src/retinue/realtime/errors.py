"""What can go wrong with a subscription. The codes are those of Supabase, so that its clients' users recognize them."""


class FrameInvalidError(Exception):
    """The message is not one of the protocol."""


class FilterInvalidError(Exception):
    """The filter cannot be used; the text says why."""


class JoinRefusedError(Exception):
    """A channel cannot be joined; the text is the reason that the client reports."""
