"""What the tests ask of a switch over HTTP."""

import httpx

from unit.simulated_switch.story import Json


async def apply(client: httpx.AsyncClient, *operations: Json) -> httpx.Response:
    return await client.post("/v1/apply", json={"operations": operations})


async def results(client: httpx.AsyncClient, *operations: Json) -> list[str]:
    answer = await apply(client, *operations)
    assert answer.status_code == 200
    return [each["result"] for each in answer.json()["results"]]


async def held(client: httpx.AsyncClient) -> dict[str, int]:
    answer = await client.get("/v1/audit", params={"tombstones": "true"})
    return {each["key"]: each["version"] for each in answer.json()["entries"]}


async def journal(client: httpx.AsyncClient) -> list[tuple[int, str]]:
    answer = await client.get("/v1/history")
    return [(each["version"], each["result"]) for each in answer.json()["entries"]]


async def misbehave(client: httpx.AsyncClient, **manners: object) -> None:
    answer = await client.post("/v1/nasty", json=manners)
    assert answer.status_code == 200


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"] == f"/problems/{body['code']}"
    return answer.status_code, body["code"]
