from tests.cast import PASSWORD, Cast


async def test_a_person_signs_in_and_sees_who_he_is(cast: Cast) -> None:
    response = await cast.nobody.post("/auth/sign-in", json={"email": cast.olga.email.upper(), "password": PASSWORD})

    assert response.status == 200
    assert response.json["user"]["id"] == str(cast.olga.user_id)
    assert response.json["organization_id"] == str(cast.acme)
    assert response.json["role"] == "owner"
    again = await cast.nobody.get("/auth/session")
    assert again.json == response.json
