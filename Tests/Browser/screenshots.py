#!/usr/bin/env python3
"""Takes a picture of every page, in light and dark, on a phone and at a desk, to be looked at.

    GATEHOUSE_BIN=.build/debug/gatehouse .build-venv/bin/python3 Tests/Browser/screenshots.py FOLDER [LANGUAGE]
"""

import shutil
import sys
from pathlib import Path

from conftest import open_browser
from pages import every_page, prepare
from person import Person
from stack import make_stack
from test_appearance import appear

WIDTHS = {"phone": 375, "desk": 1100}


def main(folder: Path, language: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stack = make_stack()
    try:
        for scheme in ("light", "dark"):
            for device, width in WIDTHS.items():
                prepare(stack, scheme + device)
                driver = open_browser(language=language)
                try:
                    take(Person(driver, stack), scheme, device, width, folder)
                finally:
                    driver.quit()
    finally:
        stack.stop()
        shutil.rmtree(stack.folder, ignore_errors=True)


def take(person: Person, scheme: str, device: str, width: int, folder: Path) -> None:
    appear(person, scheme, width)
    person.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    for name in every_page(person, scheme + device):
        height = person.driver.execute_script("return document.documentElement.scrollHeight")
        appear(person, scheme, width, height=max(720, height))
        person.driver.save_screenshot(str(folder / f"{name}-{scheme}-{device}.png"))
        appear(person, scheme, width)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else "en")
