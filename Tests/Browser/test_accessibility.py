"""Every page against WCAG 2.2 AA with axe-core, in light and dark, on a phone and on a desk; and a picture of each on demand.

With GATEHOUSE_SCREENSHOTS=FOLDER the pictures are kept, to be looked at.
"""

import importlib.util
import os
from pathlib import Path

import pytest

from test_account import sign_in
from test_appearance import appear

VISITORS = {
    "login": "/.gatehouse/login?rd=%2F", "register": "/.gatehouse/register", "registered": "/.gatehouse/register?done=mail",
    "verify": "/.gatehouse/verify?token=x", "resend": "/.gatehouse/verify", "forgot": "/.gatehouse/forgot",
    "reset": "/.gatehouse/reset?token=x", "confirm": "/.gatehouse/confirm-email?token=x",
    "link-spent": "/.gatehouse/invitation?token=x", "signed-out": "/.gatehouse/logout", "not-found": "/.gatehouse/nothing",
    "mails": "/.gatehouse/mails",
}
MEMBERS = {
    "home": "/.gatehouse/", "profile": "/.gatehouse/account", "password": "/.gatehouse/account/password",
    "email": "/.gatehouse/account/email", "sessions": "/.gatehouse/account/sessions",
    "tokens": "/.gatehouse/account/tokens", "delete": "/.gatehouse/account/delete", "logout": "/.gatehouse/logout",
    "switch": "/.gatehouse/login?switch=1",
}
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FOLDER = os.environ.get("GATEHOUSE_SCREENSHOTS")


# Only the script is wanted of this package, which is why it is installed without what it needs itself.
AXE = Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js").read_text()
RUN = "const [options, done] = arguments; axe.run(document, options).then(done, fault => done({error: String(fault)}));"


def faults(person, name, look):
    person.driver.execute_script(AXE)
    found = person.driver.execute_async_script(RUN, {"runOnly": {"type": "tag", "values": LEVELS}})
    assert found["passes"], "axe looked at something"
    if FOLDER:
        size = person.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        person.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": look[1], "height": max(720, int(size["height"])), "deviceScaleFactor": 1, "mobile": False},
        )
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        person.driver.save_screenshot(f"{FOLDER}/{name}-{look[0]}-{look[1]}.png")
        appear(person, *look)
    return [f"{name}: {fault['id']}: {fault['nodes'][0]['html']}" for fault in found["violations"]]


@pytest.mark.parametrize("look", [("light", 1100), ("dark", 1100), ("light", 375), ("dark", 375)])
def test_no_page_has_a_fault_that_axe_finds(person, look):
    found = []
    appear(person, *look)
    for name, path in VISITORS.items():
        person.visit("localhost", path)
        found += faults(person, name, look)
    person.visit("localhost", "/.gatehouse/login")
    person.sign_in("olivia", "not the right one")
    found += faults(person, "login-failed", look)
    person.visit("localhost", "/.gatehouse/register")
    person.driver.execute_script("document.querySelector('form').noValidate = true")
    person.press("Create account")
    found += faults(person, "register-problem", look)
    sign_in(person, "erin")
    for name, path in MEMBERS.items():
        person.visit("localhost", path)
        found += faults(person, name, look)
    for name, host, path in (
        ("forbidden", "spc.localhost", "/plants/graz/"), ("forbidden-global", "www.localhost", "/"),
        ("unreachable", "gone.localhost", "/"),
    ):
        person.visit(host, path)
        found += faults(person, name, look)
    assert found == []
