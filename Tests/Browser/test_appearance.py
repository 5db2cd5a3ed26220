"""What the pages look like: readable in light and dark, from a small phone to a desk, and named for screen readers."""

import pytest
from selenium.webdriver.common.by import By

# The colours of every text against what is behind it, as WCAG 2.2 measures them (1.4.3).
CONTRASTS = """
function channels(colour) { return colour.match(/[\\d.]+/g).map(Number); }
function luminance([r, g, b]) {
    const [R, G, B] = [r, g, b].map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
}
function ground(element) {
    for (; element; element = element.parentElement) {
        const c = channels(getComputedStyle(element).backgroundColor);
        if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
}
const found = [];
for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!hasText && element.tagName !== 'INPUT' || element.type === 'hidden') continue;
    const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(ground(element))];
    found.push([element.tagName + '.' + element.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
}
return found;
"""

PAGES = [
    "/.gatehouse/register", "/.gatehouse/forgot", "/.gatehouse/account", "/.gatehouse/account/sessions",
    "/.gatehouse/account/tokens", "/.gatehouse/login", "/.gatehouse/login?switch=1", "/.gatehouse/", "/.gatehouse/logout", "/.gatehouse/nothing"]


def appear(person, scheme, width, height=720):
    person.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    person.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(person, scheme):
    person.visit("localhost", "/.gatehouse/login")
    person.sign_in("olivia", "not the right one")
    appear(person, scheme, 1100)
    grounds = [person.driver.execute_script("return getComputedStyle(document.body).backgroundColor")]
    contrasts = person.driver.execute_script(CONTRASTS)
    person.visit("localhost", "/.gatehouse/login")
    person.sign_in("erin")
    for page in PAGES[1:]:
        person.visit("localhost", page)
        contrasts += person.driver.execute_script(CONTRASTS)
    assert len(contrasts) > 40
    assert [(name, ratio) for name, ratio in contrasts if ratio < 4.5] == []
    assert (grounds[0] == "rgb(243, 241, 236)") == (scheme == "light"), "the scheme is followed"


@pytest.mark.parametrize("width", [320, 375, 768, 1600])
def test_no_page_has_to_be_scrolled_sideways(person, width):
    person.visit("localhost", "/.gatehouse/login")
    person.sign_in("erin")
    appear(person, "light", width)
    for page in PAGES:
        person.visit("localhost", page)
        assert person.driver.execute_script("return document.documentElement.scrollWidth") <= width, page


def test_fields_and_buttons_have_names_and_room_for_a_finger(person):
    person.visit("localhost", "/.gatehouse/login")
    named = {
        element.accessible_name: element.rect["height"]
        for element in person.driver.find_elements(By.CSS_SELECTOR, "main input:not([type=hidden]), main button")
    }
    assert set(named) == {"Username or email", "Password", "Keep me signed in", "Sign in"}
    assert min(height for name, height in named.items() if name != "Keep me signed in") >= 44
    assert named["Keep me signed in"] >= 24, "WCAG 2.2, 2.5.8"
    assert person.driver.find_element(By.ID, "username").get_attribute("autocomplete") == "username"
    assert person.driver.find_element(By.ID, "password").get_attribute("autocomplete") == "current-password"
    assert person.driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"


def test_the_style_and_the_icon_load_under_the_policy(person):
    person.visit("spc.localhost", "/.gatehouse/nothing")
    assert person.heading == "Page not found"
    assert person.driver.execute_script("return document.styleSheets.length") == 1
    assert person.driver.execute_script("return getComputedStyle(document.querySelector('main')).maxWidth") == "400px"
    assert person.complaints() == []
