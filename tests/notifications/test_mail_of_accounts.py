"""Invitations and password resets by e-mail, through a real SMTP server."""

from tests.alerts.conftest import Bell
from tests.smtp_receiver import Mailbox, text_of


async def test_an_invitation_is_sent_to_its_address(mailed: Bell, mailbox: Mailbox) -> None:
    olga = mailed.scene.cast.olga.http
    address = f"new.{mailed.scene.cast.marker}@example.com"

    made = await olga.post("/invitations", json={"email": address, "role": "viewer"})

    assert made.json["emailed"] is True
    (message,) = mailbox.of(address)
    assert message["Subject"] == f"Invitation to Acme {mailed.scene.cast.marker}"
    assert made.json["accept_url"] in text_of(message)


async def test_a_password_reset_is_sent_to_the_person(mailed: Bell, mailbox: Mailbox) -> None:
    cast = mailed.scene.cast

    made = await cast.olga.http.post(f"/users/{cast.vera.user_id}/password-reset")

    assert made.status == 201, made.text
    assert made.json["emailed"] is True
    (message,) = mailbox.of(cast.vera.email)
    assert made.json["url"] in text_of(message)


async def test_a_mail_server_that_refuses_leaves_the_link_in_the_answer(mailed: Bell, mailbox: Mailbox) -> None:
    mailbox.refusal = "550 No such user"

    body = {"email": f"gone.{mailed.scene.cast.marker}@example.com", "role": "viewer"}
    made = await mailed.scene.cast.olga.http.post("/invitations", json=body)

    assert (made.status, made.json["emailed"]) == (201, False)
    assert "token=" in made.json["accept_url"]


async def test_without_a_mail_server_nothing_is_sent(bell: Bell) -> None:
    body = {"email": f"new.{bell.scene.cast.marker}@example.com", "role": "viewer"}

    made = await bell.scene.cast.olga.http.post("/invitations", json=body)

    assert (made.status, made.json["emailed"]) == (201, None)
