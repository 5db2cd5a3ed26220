"""The JSON API against its document: schemathesis makes calls from config/openapi.yaml, in order and out of order, and holds
every answer of the real program against what the document promises.

GATEHOUSE_API_EXAMPLES says how many calls of each operation there are.
"""

import json
import os
import shutil
import ssl
import urllib.error
import urllib.request

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from stack import PASSWORD, ROOT, make_stack

EXAMPLES = int(os.environ.get("GATEHOUSE_API_EXAMPLES", "12"))
# These end what they are called with, so each call gets a session of its own.
CONSUMING = {"logOut", "endSessions", "endSession", "deleteUser"}

CONNECTION = requests.Session()

schema = schemathesis.openapi.from_path(ROOT / "config" / "openapi.yaml")
# The gateway answers TRACE with 501 wherever it comes, before anybody asks where it goes.
schema.config.phases.coverage.unexpected_methods = {"put", "patch", "delete", "options", "query"}


@pytest.fixture(scope="module")
def house():
    """A gateway that nothing else is tested on: what is called here may change anything, and is throttled."""
    house = make_stack()
    for name, role in (("root", "ADMIN"), ("victim", "user")):
        house.run(
            "user", "create", name, "--email", f"{name}@example.com", "--role", "user", "--role", role,
            "--status", "active", stdin=PASSWORD + "\n",
        )
    # Also for what schemathesis asks by itself, such as the same once more without the token.
    schema.config.tls_verify = str(house.folder / "tls" / "ca.pem")
    yield house
    house.stop()
    shutil.rmtree(house.folder, ignore_errors=True)


def session(house, name):
    return house.run("session", "create", name).strip().splitlines()[-1]


@pytest.fixture(scope="module")
def root(house):
    return session(house, "root")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_promises(case, house, root):
    operation = case.operation.definition.raw["operationId"]
    token = session(house, "victim") if operation in CONSUMING else root
    if "root" in str(case.path_parameters):
        return
    response = case.call(
        base_url=house.url("localhost", "/.gatehouse/api/v1"), headers={"Authorization": f"Bearer {token}"},
        session=CONNECTION, verify=str(house.folder / "tls" / "ca.pem"), timeout=60,
    )
    # What the document allows may still be refused for what is known: an address that is taken, a token that is spent.
    case.validate_response(response, excluded_checks=[positive_data_acceptance])


def call(house, method, path, body=None, **headers):
    request = urllib.request.Request(
        house.url("localhost", "/.gatehouse/api/v1" + path), method=method,
        data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json", **headers},
    )
    try:
        with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as problem:
        return problem.code, json.loads(problem.read())


def test_a_program_signs_in_refreshes_and_signs_out(house):
    house.run(
        "user", "create", "robot", "--email", "robot@example.com", "--status", "active", stdin=PASSWORD + "\n")
    grant = {"grant_type": "password", "username": "robot", "password": PASSWORD}
    status, pair = call(house, "POST", "/token", grant)
    assert status == 200 and pair["token_type"] == "Bearer"
    status, pair = call(house, "POST", "/token", {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]})
    assert status == 200
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    assert call(house, "GET", "/user", **bearer)[1]["username"] == "robot"
    assert call(house, "POST", "/logout", **bearer) == (204, None)
    status, problem = call(house, "GET", "/user", **bearer)
    assert (status, problem["code"]) == (401, "sign_in_required")
