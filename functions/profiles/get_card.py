"""GET /v1/users/{user_id}/card.svg: a small picture of a public profile, to embed in other pages."""

from laurels.http import Endpoint, Languages, SvgPicture
from laurels.profiles import service
from laurels.profiles.models import CardQuery

app = Endpoint()


@app.get(
    "/v1/users/<user_id>/card.svg", summary="A public profile as a picture", tags=["profiles"], etag=True, max_age=1800
)
def get_card(user_id: str, query: CardQuery, languages: Languages) -> SvgPicture:
    return service.card(user_id, query, languages)


handler = app.handler
