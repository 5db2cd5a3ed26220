"""Somebody in front of a browser: what they can do, and what they see."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from stack import PASSWORD

# The page has loaded, and the field that begins with the keyboard has it: browsers give it some time after.
IS_SHOWN = """
return document.readyState === "complete"
    && (!document.querySelector("[autofocus]") || document.activeElement !== document.body)
"""


class Person:
    def __init__(self, driver, stack):
        self.driver = driver
        self.stack = stack

    # What they do.

    def visit(self, host, target="/"):
        self.open(self.stack.url(host, target))

    def open(self, url):
        self.driver.get(url)
        self.wait_until_shown()

    def sign_in(self, username, password=PASSWORD):
        self.driver.find_element(By.ID, "username").clear()
        self.driver.find_element(By.ID, "username").send_keys(username)
        self.driver.find_element(By.ID, "password").send_keys(password)
        self.press("Sign in")

    def press(self, label):
        """Presses a button or follows a link, and waits for the page that comes."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        self.driver.find_element(
            By.XPATH, f"//main//*[self::a or self::button][normalize-space()='{label}'] | //a[normalize-space()='{label}']"
        ).click()
        self.wait_for_page_after(page)

    def type(self, *keys):
        """Types wherever the keyboard is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def type_and_go(self, *keys):
        page = self.driver.find_element(By.TAG_NAME, "html")
        self.type(*keys)
        self.wait_for_page_after(page)

    def wait_for_page_after(self, page):
        WebDriverWait(self.driver, 90).until(lambda driver: driver.find_element(By.TAG_NAME, "html").id != page.id)
        self.wait_until_shown()

    def wait_until_shown(self):
        WebDriverWait(self.driver, 90).until(lambda driver: driver.execute_script(IS_SHOWN))

    def wait_until_signed_out(self):
        """Visits a page of their own until they may not see it: the gateway hears from the database whose session is over."""
        def is_signed_out(_):
            self.visit("localhost", "/.gatehouse/")
            return self.heading == "Sign in"

        WebDriverWait(self.driver, 90).until(is_signed_out)

    # What they see.

    @property
    def url(self):
        return self.driver.current_url

    @property
    def title(self):
        return self.driver.title

    @property
    def heading(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def focus(self):
        return self.driver.switch_to.active_element

    def fact(self, name):
        """What stands beside a name in a list of facts."""
        return self.driver.find_element(By.XPATH, f"//dt[normalize-space()='{name}']/following-sibling::dd[1]").text

    def cookie_names(self):
        return {cookie["name"] for cookie in self.driver.get_cookies()}

    def complaints(self):
        """What the browser's console says about our policy."""
        return [entry["message"] for entry in self.driver.get_log("browser") if "Content Security Policy" in entry["message"]]


TAB = Keys.TAB
ENTER = Keys.ENTER
