"""Signing in, being refused and signing out, as a person does it with a real browser."""

import urllib.parse

from selenium.webdriver.common.by import By

from person import ENTER, TAB
from stack import PASSWORD


def test_a_person_signs_in_and_lands_where_they_were_going(person):
    person.visit("spc.localhost", "/plants/detroit/charts?from=monday&x=%C3%BC")
    assert person.url.startswith(person.stack.url("localhost", "/.gatehouse/login?"))
    assert person.heading == "Sign in"
    assert f"to continue to spc.localhost:{person.stack.port}" in person.text

    person.sign_in("olivia")
    assert person.url == person.stack.url("spc.localhost", "/plants/detroit/charts?from=monday&x=%C3%BC")
    assert person.fact("User") == "olivia"
    assert person.fact("Plant") == "detroit"
    assert person.fact("Role in this plant") == "operator"
    assert person.complaints() == []


def test_one_sign_in_serves_every_host(person):
    person.visit("localhost")
    person.sign_in("erin@example.com")
    assert person.url == person.stack.url("localhost")

    for host, target, plant in (("spc.localhost", "/plants/detroit/", "detroit"), ("lyon.reports.localhost", "/q3", "lyon")):
        person.visit(host, target)
        assert person.url == person.stack.url(host, target), "no second password is asked for"
        assert person.fact("User") == "erin"
        assert person.fact("Plant") == plant
        assert "__Host-gatehouse" in person.cookie_names()
        assert "__Host-gatehouse-attempt" not in person.cookie_names()
    assert person.complaints() == []


def test_the_cookie_is_out_of_reach_for_scripts_and_other_hosts(person):
    person.visit("localhost")
    person.sign_in("olivia")
    assert person.driver.execute_script("return document.cookie") == ""
    cookie = person.driver.get_cookie("__Host-gatehouse")
    assert cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Lax"
    assert cookie["domain"] == "localhost" and cookie["path"] == "/"


def test_a_wrong_password_is_told_and_the_username_kept(person):
    person.visit("spc.localhost", "/plants/detroit/")
    person.sign_in("olivia", "not the right one")
    assert person.title.startswith("Sign-in failed")
    alert = person.driver.find_element(By.CSS_SELECTOR, "[role=alert]")
    assert "don’t match" in alert.text
    assert person.driver.find_element(By.ID, "username").get_property("value") == "olivia"
    assert person.driver.find_element(By.ID, "password").get_property("value") == ""
    assert person.focus.get_attribute("id") == "password"

    person.type_and_go(PASSWORD, ENTER)
    assert person.url == person.stack.url("spc.localhost", "/plants/detroit/")


def test_somebody_without_the_role_is_refused_with_an_explanation(person):
    person.visit("spc.localhost", "/plants/detroit/settings/limits")
    person.sign_in("olivia")
    assert person.heading == "You can’t open this page"
    assert person.fact("Signed in as") == "olivia"
    assert person.fact("Plant") == "detroit"
    assert person.fact("Role needed") == "Engineer or higher"
    assert person.fact("Your role there") == "Operator"
    assert person.fact("Decision number")
    assert person.complaints() == []


def test_a_plant_without_a_role_and_one_that_does_not_exist_look_alike(person):
    person.visit("spc.localhost", "/plants/lyon/")
    person.sign_in("olivia")
    seen = []
    for plant in ("lyon", "atlantis"):
        person.visit("spc.localhost", f"/plants/{plant}/")
        number = person.fact("Decision number")
        seen.append(person.text.replace(plant, "PLANT").replace(number, "NUMBER"))
    assert seen[0] == seen[1]


def test_somebody_refused_can_sign_in_as_somebody_else_and_comes_back(person):
    person.visit("spc.localhost", "/plants/detroit/settings/limits")
    person.sign_in("olivia")
    person.press("Sign in as somebody else")
    assert person.heading == "Sign in"
    assert "You are signed in as olivia." in person.text
    person.sign_in("erin")
    person.visit("spc.localhost", "/plants/detroit/settings/limits")
    assert person.fact("User") == "erin"


def test_signing_out_asks_first_and_then_ends_the_session_on_every_host(person):
    person.visit("spc.localhost", "/plants/detroit/")
    person.sign_in("olivia")
    person.visit("spc.localhost", "/.gatehouse/logout")
    assert person.heading == "Sign out?"
    person.press("Sign out")
    assert person.heading == "You are signed out"
    assert "__Host-gatehouse" not in person.cookie_names()

    person.visit("localhost", "/.gatehouse/")
    assert person.heading == "Sign in"


def test_the_home_page_shows_who_one_is_and_what_one_may(person):
    person.visit("localhost", "/.gatehouse/")
    person.sign_in("erin")
    assert person.heading == "Hello, Erin Engineer"
    rows = [row.text.split("\n") for row in person.driver.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert [" ".join(row) for row in rows] == ["Detroit Assembly detroit Engineer", "Usine de Lyon lyon Supervisor"]
    person.press("Sign out")
    assert person.heading == "You are signed out"


def test_everything_works_with_the_keyboard_alone(person):
    person.visit("spc.localhost", "/plants/detroit/")
    assert person.focus.get_attribute("id") == "username"
    person.type("olivia", TAB)
    assert person.focus.get_attribute("id") == "password"
    person.type(PASSWORD, TAB)
    assert person.focus.accessible_name == "Keep me signed in"
    person.type(TAB)
    assert person.focus.text == "Sign in"
    outline = person.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "one sees where the keyboard is"
    person.type_and_go(ENTER)
    assert person.fact("User") == "olivia"

    person.visit("spc.localhost", "/.gatehouse/logout")
    person.type(TAB, TAB)
    assert person.focus.text == "Sign out"
    person.type_and_go(ENTER)
    assert person.heading == "You are signed out"


def test_everything_works_without_javascript(person_without_javascript):
    person = person_without_javascript
    person.visit("spc.localhost", "/plants/detroit/")
    person.sign_in("olivia")
    assert person.fact("User") == "olivia"
    person.visit("spc.localhost", "/plants/detroit/settings/limits")
    assert person.heading == "You can’t open this page"
    person.visit("spc.localhost", "/.gatehouse/logout")
    person.press("Sign out")
    assert person.heading == "You are signed out"


def test_the_login_page_leads_nowhere_else(person):
    for place in (
        "https://evil.example/", "//evil.example/", "/\\evil.example/", "https:evil.example",
        "https://localhost@evil.example/", "/\t/evil.example/",
    ):
        person.driver.delete_all_cookies()
        person.visit("localhost", "/.gatehouse/login?rd=" + urllib.parse.quote(place, safe=""))
        person.sign_in("olivia")
        assert person.url == person.stack.url("localhost", "/.gatehouse/"), place


def test_another_site_can_neither_sign_one_out_nor_in(person):
    person.visit("localhost", "/.gatehouse/")
    person.sign_in("olivia")
    for action in ("logout", "login"):
        form = (
            f"<form method=post action='{person.stack.url('localhost', '/.gatehouse/' + action)}'>"
            "<input name=username value=erin><input name=password value=x><input name=csrf value=x>"
            "<main><button>Win</button></main></form>"
        )
        person.driver.get("data:text/html," + urllib.parse.quote(form))
        person.press("Win")
        assert person.heading in ("This request can’t be understood", "Sign in")
        person.visit("localhost", "/.gatehouse/")
        assert person.heading == "Hello, Olivia Operator"


def test_an_application_that_is_down_is_told_from_a_gateway_that_is(person):
    person.visit("gone.localhost", "/x?y=1")
    assert person.heading == "The application isn’t answering"
    assert f"application at gone.localhost:{person.stack.port}" in person.text
    assert person.fact("Request number")
    person.press("Try again")
    assert person.url == person.stack.url("gone.localhost", "/x?y=1")
    assert person.complaints() == []
