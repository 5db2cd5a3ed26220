"""A person's account from sign-up to deletion, as a browser does it: without scripts, with the mouse and with the keyboard."""

import itertools
import json
import urllib.request
import ssl

import pytest
from selenium.webdriver.common.by import By

from conftest import open_browser
from person import ENTER, TAB, Person
from stack import PASSWORD

NEW = "another few plain words"
NUMBERS = itertools.count(1)


@pytest.fixture
def name(stack):
    """Somebody of the test's own, who can be changed without disturbing others."""
    name = f"guest{next(NUMBERS)}"
    stack.run(
        "user", "create", name, "--email", f"{name}@example.com", "--name", f"Guest {name}", "--status", "active",
        stdin=PASSWORD + "\n",
    )
    return name


@pytest.fixture
def other(stack):
    driver = open_browser()
    yield Person(driver, stack)
    driver.quit()


def fill(person, **fields):
    for name, value in fields.items():
        field = person.driver.find_element(By.ID, name)
        field.clear()
        field.send_keys(value)


def follow_newest_mail(person, subject):
    """Opens the newest mail's link, on the page that the login page leads to."""
    person.stack.wait_for_mail(subject)
    person.visit("localhost", "/.gatehouse/mails")
    for mail in person.driver.find_elements(By.CSS_SELECTOR, "pre.mail"):
        if subject in mail.text:
            person.open(mail.find_element(By.TAG_NAME, "a").get_attribute("href"))
            return
    raise AssertionError(f"No mail about {subject!r} in: {person.text}")


def sign_in(person, name, password=PASSWORD):
    person.visit("localhost", "/.gatehouse/login")
    person.sign_in(name, password)


def note(person):
    return person.driver.find_element(By.CSS_SELECTOR, "[role=status]").text


def tab_to(person, text, most=40):
    """Moves the keyboard forward to a link, button or field with this name, as somebody without a mouse does."""
    for _ in range(most):
        person.type(TAB)
        if text in (person.focus.accessible_name, person.focus.text):
            outline = person.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", "one sees where the keyboard is"
            return
    raise AssertionError(f"The keyboard does not reach {text!r} on {person.url}")


def test_registering_verifying_and_signing_in(person):
    email = f"new{next(NUMBERS)}@example.com"
    person.visit("localhost", "/.gatehouse/login")
    person.press("Create an account")
    fill(person, email=email, password=PASSWORD, name="Nina New")
    person.press("Create account")
    assert person.heading == "Check your mail"
    follow_newest_mail(person, email)
    assert person.heading == "Confirm your address"
    person.press("Confirm address")
    assert note(person) == "Your address is confirmed."
    person.sign_in(email)
    assert person.heading == "Hello, Nina New"
    assert person.complaints() == []


def test_a_mistake_is_told_beside_its_field_and_the_keyboard_is_there(person):
    person.visit("localhost", "/.gatehouse/register")
    person.driver.execute_script("document.querySelector('form').noValidate = true")
    fill(person, email="nina@example.com", password="short", name="Nina")
    person.press("Create account")
    assert person.title.startswith("Problem: ")
    assert person.focus.get_attribute("id") == "password"
    assert person.driver.find_element(By.ID, "email").get_property("value") == "nina@example.com"
    described = person.focus.get_attribute("aria-describedby").split()
    assert "at least 15" in person.driver.find_element(By.ID, described[-1]).text
    summary = person.driver.find_element(By.CSS_SELECTOR, "[role=alert] a")
    assert summary.get_attribute("href").endswith("#password")


def test_setting_a_forgotten_password_anew(person, other, name):
    sign_in(other, name)
    person.visit("localhost", "/.gatehouse/login")
    person.press("Forgot your password?")
    fill(person, login=name)
    person.press("Send link")
    assert person.heading == "Check your mail"
    follow_newest_mail(person, f"{name}@example.com")
    fill(person, password=NEW)
    person.press("Change password")
    assert note(person) == "Your password is changed."
    person.sign_in(name, NEW)
    assert person.heading == f"Hello, Guest {name}"
    # Every session is over.
    other.wait_until_signed_out()


def test_changing_the_password(person, other, name):
    sign_in(person, name)
    sign_in(other, name)
    person.press("Password")
    fill(person, current="not the present one", password=NEW)
    person.press("Change password")
    assert person.focus.get_attribute("id") == "current"
    fill(person, current=PASSWORD, password=NEW)
    person.press("Change password")
    assert note(person) == "Your password is changed."
    other.wait_until_signed_out()


def test_changing_the_address(person, name):
    sign_in(person, name)
    person.press("Email")
    fill(person, email=f"{name}-new@example.com", current=PASSWORD)
    person.press("Send link")
    assert person.fact("Present address") == f"{name}@example.com"
    follow_newest_mail(person, f"{name}-new@example.com")
    person.press("Use this address")
    assert person.fact("Present address") == f"{name}-new@example.com"


def test_seeing_sessions_and_signing_out_elsewhere(person, other, name):
    sign_in(other, name)
    sign_in(person, name)
    person.press("Sessions")
    cards = person.driver.find_elements(By.CSS_SELECTOR, ".card")
    assert len(cards) == 2
    assert "this one" in cards[0].text and "127.0.0.1" in cards[0].text and "Linux" in cards[0].text
    person.press("Sign out everywhere else")
    assert len(person.driver.find_elements(By.CSS_SELECTOR, ".card")) == 1
    other.visit("localhost", "/.gatehouse/")
    assert other.heading == "Sign in"
    person.press("Sign out everywhere, here too")
    assert person.heading == "You are signed out"


def test_a_form_that_came_after_the_session_was_over_is_told_of(person, name):
    sign_in(person, name)
    person.press("Profile")
    person.stack.change("session", "revoke-all", name)
    fill(person, name="Somebody Else")
    person.press("Save")
    assert "what you had just sent was not done" in note(person)
    person.sign_in(name)
    assert person.heading == "Profile"
    assert person.driver.find_element(By.ID, "name").get_property("value") == f"Guest {name}"


def test_an_api_token_is_shown_once_and_works(person, name):
    sign_in(person, name)
    person.press("API tokens")
    fill(person, name="reports")
    person.press("Create token")
    token = person.fact("Token")
    request = urllib.request.Request(
        person.stack.url("localhost", "/.gatehouse/api/v1/user"), headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=60) as answer:
        assert json.load(answer)["username"] == name
    person.press("I have copied it")
    assert "reports" in person.text and token not in person.text
    person.press("End")
    assert note(person) == "The token has ended."


def test_inviting_somebody_who_then_makes_an_account(person, other, name):
    person.stack.run("role", "grant", name, "lyon", "admin")
    sign_in(person, name)
    person.press("Invite somebody")
    email = f"invited{next(NUMBERS)}@example.com"
    fill(person, email=email)
    person.press("Send invitation")
    assert note(person) == "The invitation is on its way."
    assert email in person.text
    follow_newest_mail(other, email)
    assert (other.fact("Plant"), other.fact("Role")) == ("Usine de Lyon", "Operator")
    fill(other, password=NEW, name="Ivy Invited")
    other.press("Create account")
    assert note(other) == "You have accepted the invitation."
    other.sign_in(email, NEW)
    assert other.heading == "Hello, Ivy Invited" and "Usine de Lyon" in other.text
    assert person.complaints() == other.complaints() == []


def test_a_first_password_has_to_be_changed(person):
    name = f"first{next(NUMBERS)}"
    person.stack.run("user", "create", name, "--status", "active", "--must-change", stdin=PASSWORD + "\n")
    person.visit("spc.localhost", "/plants/detroit/")
    person.sign_in(name)
    assert person.heading == "Choose your own password"
    assert person.driver.find_element(By.ID, "password").get_attribute("autocomplete") == "new-password"
    person.type(NEW)
    person.type_and_go(ENTER)
    assert note(person) == "Your password is changed."
    person.sign_in(name, NEW)
    assert person.url == person.stack.url("spc.localhost", "/plants/detroit/"), "and goes on where one was going"


def test_deleting_ones_account(person, name):
    sign_in(person, name)
    person.press("Profile")
    person.press("Delete account")
    fill(person, current=PASSWORD)
    person.press("Delete my account")
    assert person.heading == "Your account is deleted"
    sign_in(person, name)
    assert person.title.startswith("Sign-in failed")


def test_staying_signed_in_outlasts_the_browser(person, name):
    person.visit("localhost", "/.gatehouse/login")
    person.driver.find_element(By.ID, "remember").click()
    person.sign_in(name)
    assert person.driver.get_cookie("__Host-gatehouse").get("expiry"), "not a cookie of the browser's session"


# With the keyboard alone.


def test_registering_with_the_keyboard_alone(person):
    email = f"keys{next(NUMBERS)}@example.com"
    person.visit("localhost", "/.gatehouse/login")
    tab_to(person, "Create an account")
    person.type_and_go(ENTER)
    assert person.focus.get_attribute("id") == "email"
    person.type(email, TAB, PASSWORD, TAB, "Kay Board", TAB, TAB)
    assert person.focus.text == "Create account"
    person.type_and_go(ENTER)
    follow_newest_mail(person, email)
    tab_to(person, "Confirm address")
    person.type_and_go(ENTER)
    person.type(email, TAB)
    person.type(PASSWORD)
    person.type_and_go(ENTER)
    assert person.heading == "Hello, Kay Board"


def test_a_forgotten_password_with_the_keyboard_alone(person, name):
    person.visit("localhost", "/.gatehouse/login")
    tab_to(person, "Forgot your password?")
    person.type_and_go(ENTER)
    person.type(name)
    person.type_and_go(ENTER)
    follow_newest_mail(person, f"{name}@example.com")
    assert person.focus.get_attribute("id") == "password"
    person.type(NEW)
    person.type_and_go(ENTER)
    assert note(person) == "Your password is changed."


def test_the_account_with_the_keyboard_alone(person, name):
    person.visit("localhost", "/.gatehouse/login")
    person.type(name, TAB, PASSWORD)
    person.type_and_go(ENTER)
    tab_to(person, "Profile")
    person.type_and_go(ENTER)
    tab_to(person, "Phone (optional)")
    person.type("123 456")
    person.type_and_go(ENTER)
    assert note(person) == "Saved."
    tab_to(person, "Password")
    person.type_and_go(ENTER)
    tab_to(person, "Present password")
    person.type(PASSWORD, TAB, NEW)
    person.type_and_go(ENTER)
    assert note(person) == "Your password is changed."
    tab_to(person, "Sessions")
    person.type_and_go(ENTER)
    tab_to(person, "Sign out everywhere, here too")
    person.type_and_go(ENTER)
    assert person.heading == "You are signed out"


def test_address_tokens_invitations_and_deletion_with_the_keyboard_alone(person, name):
    person.stack.run("role", "grant", name, "lyon", "admin")
    person.visit("localhost", "/.gatehouse/login")
    person.type(name, TAB, PASSWORD)
    person.type_and_go(ENTER)
    tab_to(person, "Email")
    person.type_and_go(ENTER)
    tab_to(person, "New address")
    person.type(f"{name}-keys@example.com", TAB, PASSWORD)
    person.type_and_go(ENTER)
    assert note(person) == "A link is on its way to the new address."

    tab_to(person, "API tokens")
    person.type_and_go(ENTER)
    tab_to(person, "What it is for")
    person.type("reports")
    person.type_and_go(ENTER)
    assert person.heading == "Copy your new token"
    tab_to(person, "I have copied it")
    person.type_and_go(ENTER)
    tab_to(person, "End: reports")
    person.type_and_go(ENTER)
    assert note(person) == "The token has ended."

    tab_to(person, "Overview")
    person.type_and_go(ENTER)
    tab_to(person, "Invite somebody")
    person.type_and_go(ENTER)
    tab_to(person, "API tokens")
    tab_to(person, "Email")
    person.type(f"{name}-guest@example.com", TAB, TAB, "s", TAB)
    assert person.focus.text == "Send invitation"
    person.type_and_go(ENTER)
    assert note(person) == "The invitation is on its way." and "Usine de Lyon · Supervisor" in person.text
    tab_to(person, f"Take back: {name}-guest@example.com")
    person.type_and_go(ENTER)
    assert note(person) == "The invitation is taken back."

    tab_to(person, "Profile")
    person.type_and_go(ENTER)
    tab_to(person, "Delete account")
    person.type_and_go(ENTER)
    tab_to(person, "Present password")
    person.type(PASSWORD)
    person.type_and_go(ENTER)
    assert person.heading == "Your account is deleted"


def test_an_invitation_with_the_keyboard_alone(person, name):
    inviter = person.stack.run("session", "create", name).strip().splitlines()[-1]
    person.stack.run("role", "grant", name, "lyon", "admin")
    email = f"keys{next(NUMBERS)}@example.com"
    request = urllib.request.Request(
        person.stack.url("localhost", "/.gatehouse/api/v1/admin/plants/lyon/invitations"), method="POST",
        data=json.dumps({"email": email, "role": "engineer"}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {inviter}"},
    )
    with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=60) as answer:
        assert answer.status == 201
    follow_newest_mail(person, email)
    assert person.focus.get_attribute("id") == "password"
    person.type(NEW, TAB, "Kim Keys")
    person.type_and_go(ENTER)
    assert note(person) == "You have accepted the invitation."
    person.type(email, TAB, NEW)
    person.type_and_go(ENTER)
    assert person.heading == "Hello, Kim Keys"


def test_everything_about_accounts_works_without_javascript(person_without_javascript, name):
    person = person_without_javascript
    sign_in(person, name)
    person.press("Password")
    fill(person, current=PASSWORD, password=NEW)
    person.press("Change password")
    assert note(person) == "Your password is changed."


def test_a_german_browser_reads_german(stack):
    driver = open_browser(language="de")
    try:
        person = Person(driver, stack)
        person.visit("localhost", "/.gatehouse/login")
        assert person.heading == "Anmelden"
        person.press("Passwort vergessen?")
        assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "de"
        person.visit("spc.localhost", "/plants/detroit/settings/limits")
        person.driver.find_element(By.ID, "username").send_keys("olivia")
        person.driver.find_element(By.ID, "password").send_keys(PASSWORD)
        person.press("Anmelden")
        assert person.heading == "Diese Seite dürfen Sie nicht öffnen"
    finally:
        driver.quit()
