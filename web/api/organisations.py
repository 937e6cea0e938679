"""Rows for organisations, API keys and the audit log."""

from accounts import payloads
from accounts.organisations import ApiKeyService, AuditService, OrganisationService
from accounts.payloads import Id
from web.route import Call, Paging, Route


class AuditQuery(Paging):
    """Which entries."""

    subject_id: Id | None = None
    author_id: Id | None = None


def organisation_routes(
    organisations: OrganisationService, api_keys: ApiKeyService, audit: AuditService
) -> list[Route]:
    """Return the rows under /organisation, /organisations, /api-keys and /audit."""

    async def add(call: Call) -> payloads.Created:
        return await organisations.add(call.actor, call.body)

    async def all_organisations(call: Call) -> payloads.Organisations:
        return await organisations.all(call.actor)

    async def get(call: Call) -> payloads.OrganisationDetails:
        return await organisations.get(call.actor)

    async def change(call: Call) -> payloads.OrganisationDetails:
        return await organisations.change(call.actor, call.body)

    async def keys(call: Call) -> payloads.ApiKeys:
        return await api_keys.all(call.actor)

    async def add_key(call: Call) -> payloads.ApiKeyCreated:
        return await api_keys.add(call.actor, call.body)

    async def revoke_key(call: Call) -> None:
        await api_keys.revoke(call.actor, call.path("key_id"))

    async def read_audit(call: Call) -> payloads.Audit:
        query: AuditQuery = call.query
        return await audit.page(call.actor, cursor=query.cursor, subject_id=query.subject_id, author_id=query.author_id)

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
        Route("GET", "/audit", "readAudit", read_audit, "audit.read", "Who did what when, newest first",
              query=AuditQuery, answer=payloads.Audit),
    ]  # fmt: skip
