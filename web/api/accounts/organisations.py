"""Rows for organisations and API keys."""

from accounts import payloads
from accounts.organisations import ApiKeyService, OrganisationService
from web.route import Asked, Route


def organisation_routes(organisations: OrganisationService, api_keys: ApiKeyService) -> list[Route]:
    """Return the rows under /organisation, /organisations and /api-keys."""

    async def add(asked: Asked) -> payloads.Created:
        return await organisations.add(asked.actor, asked.body)

    async def all_organisations(asked: Asked) -> payloads.Organisations:
        return await organisations.all(asked.actor)

    async def get(asked: Asked) -> payloads.OrganisationDetails:
        return await organisations.get(asked.actor)

    async def change(asked: Asked) -> payloads.OrganisationDetails:
        return await organisations.change(asked.actor, asked.body)

    async def keys(asked: Asked) -> payloads.ApiKeys:
        return await api_keys.all(asked.actor)

    async def add_key(asked: Asked) -> payloads.ApiKeyCreated:
        return await api_keys.add(asked.actor, asked.body)

    async def revoke_key(asked: Asked) -> None:
        await api_keys.revoke(asked.actor, asked.path("key_id"))

    return [
        Route("POST", "/organisations", "addOrganisation", add, "organisations.manage",
              "Make an organisation with its first administrator (operator key)",
              body=payloads.NewOrganisationBody, answer=payloads.Created, status=201, also=(409,)),
        Route("GET", "/organisations", "listOrganisations", all_organisations, "organisations.manage",
              "All organisations (operator key)", answer=payloads.Organisations),
        Route("GET", "/organisation", "getOrganisation", get, "organisation.manage", "The organisation and its limits",
              answer=payloads.OrganisationDetails),
        Route("PATCH", "/organisation", "changeOrganisation", change, "organisation.manage", "Rename the organisation",
              body=payloads.OrganisationBody, answer=payloads.OrganisationDetails, also=(409,)),
        Route("GET", "/api-keys", "listApiKeys", keys, "api_keys.manage", "Keys for programs", answer=payloads.ApiKeys),
        Route("POST", "/api-keys", "addApiKey", add_key, "api_keys.manage", "Make a key; its secret is shown once",
              body=payloads.NewApiKeyBody, answer=payloads.ApiKeyCreated, status=201),
        Route("DELETE", "/api-keys/{key_id}", "revokeApiKey", revoke_key, "api_keys.manage", "Revoke a key",
              status=204),
    ]  # fmt: skip
