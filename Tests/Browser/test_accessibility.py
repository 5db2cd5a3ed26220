"""Every page against WCAG 2.2 AA with axe-core, in light and dark, on a phone and at a desk."""

import importlib.util
import json
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from pages import every_page, prepare
from test_appearance import appear

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Only the script is wanted of this package, which is why it is installed without what it needs itself.
AXE = Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js").read_text()
RUN = "const [options, done] = arguments; axe.run(document, options).then(done, fault => done({error: String(fault)}));"

# What axe does not measure: the outline of what has the keyboard (2.4.7, 2.4.13), and room for a finger (2.5.8), from
# which links within a sentence are free.
STEPS = """
const found = [];
for (const element of document.querySelectorAll('main a, main button, main input:not([type=hidden]), main select, main pre')) {
    if (element.hidden) continue;
    element.focus();
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    found.push([element.outerHTML, style.outlineStyle, parseFloat(style.outlineWidth), box.width, box.height]);
}
return found;
"""


@pytest.mark.parametrize(
    "look", [("light", 1100), ("dark", 1100), ("light", 375), ("dark", 375)], ids=lambda look: f"{look[0]}-{look[1]}")
def test_every_page_meets_wcag_2_2_aa(person, look):
    tag = f"{look[0]}{look[1]}"
    prepare(person.stack, tag)
    appear(person, *look)
    found, seen = [], []
    for name in every_page(person, tag):
        found += [f"{name}: {fault}" for check in (axe, keyboard, structure) for fault in check(person)]
        seen.append(name)
    assert found == []
    assert len(seen) == len(set(seen)) >= 36


def axe(person):
    person.driver.execute_script(AXE)
    result = person.driver.execute_async_script(RUN, {"runOnly": {"type": "tag", "values": LEVELS}})
    assert result.get("passes"), f"axe looked at nothing: {json.dumps(result)[:500]}"
    return [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in result["violations"]]


def keyboard(person):
    for html, style, width, *size in person.driver.execute_script(STEPS):
        if style != "solid" or width < 2:
            yield f"nothing shows that the keyboard is at {html}"
        if min(size) < 24:
            yield f"{size} is too small for a finger: {html}"


def structure(person):
    """One heading of the first level, none left out below it, one main part, a language and a title that says the same."""
    driver = person.driver
    for tag in ("h1", "main", "header", "footer"):
        if len(driver.find_elements(By.TAG_NAME, tag)) != 1:
            yield f"{tag} is not there once"
    levels = [int(heading.tag_name[1]) for heading in driver.find_elements(By.CSS_SELECTOR, "h1, h2, h3")]
    if any(after - before > 1 for before, after in zip(levels, levels[1:])):
        yield f"headings go {levels}"
    if driver.find_element(By.TAG_NAME, "html").get_attribute("lang") != "en":
        yield "its language is not told"
    titles = {"Hello, Tess Tester": "Your account · Gatehouse"}
    if not person.title.endswith(titles.get(person.heading, f"{person.heading} · Gatehouse")) and "failed" not in person.title:
        yield f"{person.title} is the title of {person.heading}"
