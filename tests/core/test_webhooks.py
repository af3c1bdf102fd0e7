"""Signatures of webhooks, against the example of Standard Webhooks."""

from retinue.core.webhooks import is_signed, new_secret, signed_headers

_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_BODY = b'{"test": 2432232314}'


def test_signature_is_that_of_the_specification() -> None:
    headers = signed_headers([_SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330.9, _BODY)

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_message_is_accepted_under_each_of_its_secrets_within_five_minutes() -> None:
    former, present = new_secret(), "a secret as text"
    headers = signed_headers([former, present], "msg_1", 1000, _BODY)

    assert is_signed(former, headers, 1000, _BODY)
    assert is_signed(present, headers, 1300, _BODY)
    assert not is_signed(present, headers, 1301, _BODY)
    assert not is_signed(new_secret(), headers, 1000, _BODY)
    assert not is_signed(present, headers, 1000, _BODY + b" ")
    assert not is_signed(present, headers | {"webhook-id": "msg_2"}, 1000, _BODY)
