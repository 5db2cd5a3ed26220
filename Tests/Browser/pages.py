"""Every page that there is, each with the way there: for what looks at all of them."""

import json
import re
import ssl
import urllib.request

from selenium.webdriver.common.by import By

from person import Person
from stack import PASSWORD

VISITORS = {
    "login": "/.gatehouse/login?rd=%2F", "login-lost": "/.gatehouse/login?done=lost", "register": "/.gatehouse/register",
    "registered": "/.gatehouse/register?done=mail", "verify": "/.gatehouse/verify?token=x", "resend": "/.gatehouse/verify",
    "forgot": "/.gatehouse/forgot", "forgotten": "/.gatehouse/forgot?done=mail", "reset": "/.gatehouse/reset?token=x",
    "confirm-email": "/.gatehouse/confirm-email?token=x", "link-spent": "/.gatehouse/invitation?token=x",
    "signed-out": "/.gatehouse/logout", "not-found": "/.gatehouse/nothing", "mails": "/.gatehouse/mails",
}
MEMBERS = {
    "home": "/.gatehouse/", "profile": "/.gatehouse/account", "password": "/.gatehouse/account/password",
    "password-changed": "/.gatehouse/account/password?done=password", "email": "/.gatehouse/account/email",
    "sessions": "/.gatehouse/account/sessions", "tokens": "/.gatehouse/account/tokens",
    "delete": "/.gatehouse/account/delete", "logout": "/.gatehouse/logout", "switch": "/.gatehouse/login?switch=1",
}
ELSEWHERE = {
    "forbidden": ("spc.localhost", "/plants/graz/"), "forbidden-global": ("www.localhost", "/"),
    "unreachable": ("gone.localhost", "/"),
}


def prepare(stack, tag: str) -> None:
    """Adds people whom nobody else uses, so that pages look the same however often this was done before."""
    for name, flags in ((f"tess-{tag}", ()), (f"fred-{tag}", ("--must-change",)), (f"ines-{tag}", ("--role", "ADMIN"))):
        stack.run(
            "user", "create", name, "--email", f"{name}@example.com", "--name", name.partition("-")[0].title() + " Tester",
            "--status", "active", *flags, stdin=PASSWORD + "\n",
        )
    for plant, role in (("detroit", "engineer"), ("lyon", "admin")):
        stack.run("role", "grant", f"tess-{tag}", plant, role)
    token = stack.run("session", "create", f"ines-{tag}").strip().splitlines()[-1]
    body = {"email": f"guest-{tag}@example.com", "role": "operator"}
    request = urllib.request.Request(
        stack.url("localhost", "/.gatehouse/api/v1/admin/plants/lyon/invitations"), method="POST",
        data=json.dumps(body).encode(), headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=60) as answer:
        assert answer.status == 201
    stack.wait_for_mail(f"guest-{tag}@example.com")


def every_page(person: Person, tag: str):
    """Goes from page to page, and yields the name of each while it is shown."""
    driver = person.driver
    for name, path in VISITORS.items():
        person.visit("localhost", path)
        yield name
    mail = next(text for text in person.stack.mails() if f"guest-{tag}@example.com" in text)
    person.open(re.search(r"^https://\S+$", mail, re.MULTILINE).group())
    yield "invitation"
    person.visit("localhost", "/.gatehouse/register")
    send(person, "register")
    yield "register-problem"
    sign_in(person, f"tess-{tag}", "not the right one")
    yield "login-failed"
    sign_in(person, f"fred-{tag}")
    yield "first-password"

    sign_in(person, f"tess-{tag}")
    for name, path in MEMBERS.items():
        person.visit("localhost", path)
        yield name
    for name, (host, path) in ELSEWHERE.items():
        person.visit(host, path)
        yield name
    person.visit("localhost", "/.gatehouse/account/tokens")
    driver.find_element(By.ID, "name").send_keys("Reports")
    send(person, "account/tokens")
    yield "token-created"
    person.visit("localhost", "/.gatehouse/account/tokens")
    yield "tokens-some"
    person.visit("localhost", "/.gatehouse/account/password")
    send(person, "account/password")
    yield "password-problem"
    person.visit("localhost", "/.gatehouse/account/invitations")
    yield "invite"
    send(person, "account/invitations")
    yield "invite-problem"
    # A form of the application's, sent when nobody is signed in any more.
    person.visit("localhost", "/limits/7")
    page = driver.find_element(By.TAG_NAME, "html")
    driver.delete_all_cookies()
    driver.execute_script(
        "document.body.innerHTML = '<form method=post action=/limits/7></form>'; document.forms[0].submit()")
    person.wait_for_page_after(page)
    yield "form-lost"


def sign_in(person, name, password=PASSWORD):
    person.visit("localhost", "/.gatehouse/login")
    person.driver.find_element(By.ID, "username").send_keys(name)
    person.driver.find_element(By.ID, "password").send_keys(password)
    send(person, "login")


def send(person, form):
    """Presses the button of a form, whatever its language, and keeps the browser from refusing what the gateway is to refuse."""
    page = person.driver.find_element(By.TAG_NAME, "html")
    person.driver.execute_script("document.querySelectorAll('form').forEach(form => { form.noValidate = true })")
    person.driver.find_element(By.CSS_SELECTOR, f"form[action='/.gatehouse/{form}'] button").click()
    person.wait_for_page_after(page)
