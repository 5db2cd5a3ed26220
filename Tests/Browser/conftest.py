"""Fixtures: one gateway for all tests, a fresh browser for each."""

import os
import shutil
import threading

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from websockets.sync.server import serve

from matrix import Matrix
from person import Person
from stack import make_stack
from streams import answer_messages


@pytest.fixture(scope="session")
def stack():
    stack = make_stack()
    yield stack
    stack.stop()
    shutil.rmtree(stack.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sockets(stack):
    """The stack, with its application of WebSockets."""
    with serve(answer_messages, sock=stack.sockets, max_size=8 << 20, ping_interval=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield stack
        server.shutdown()


@pytest.fixture(scope="session")
def matrix(stack):
    """The stack, with two applications that behave as a test says."""
    matrix = Matrix(stack)
    yield matrix
    for application in matrix.applications.values():
        application.close()


def open_browser(*, javascript: bool = True, language: str = "en-GB,en") -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    # Every name below localhost is this machine; no other name leads anywhere.
    for argument in (
        "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--ignore-certificate-errors",
        "--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP localhost 127.0.0.1, MAP * ~NOTFOUND",
        "--no-first-run", "--disable-background-networking", "--lang=en", "--window-size=1100,800",
    ):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    if not javascript:
        options.add_experimental_option(
            "prefs",
            {"intl.accept_languages": language, "profile.managed_default_content_settings.javascript": 2},
        )
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_page_load_timeout(90)
    return driver


@pytest.fixture
def person(stack):
    driver = open_browser()
    yield Person(driver, stack)
    driver.quit()


@pytest.fixture
def person_without_javascript(stack):
    driver = open_browser(javascript=False)
    yield Person(driver, stack)
    driver.quit()
