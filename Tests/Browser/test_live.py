"""What a person sees of a page that keeps a stream open, when the right to it goes."""

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from stack import PASSWORD


def test_a_page_that_lives_is_told_when_the_role_goes(person):
    person.stack.run("user", "create", "livia", "--status", "active", stdin=PASSWORD + "\n")
    person.stack.run("role", "grant", "livia", "detroit", "operator")
    person.visit("spc.localhost", "/plants/detroit/?live")
    person.sign_in("livia")

    def wait_for(text):
        WebDriverWait(person.driver, 90).until(lambda driver: text in driver.find_element(By.ID, "live").text)

    wait_for("The stream is open for")
    person.stack.change("role", "revoke", "livia", "detroit")
    wait_for("The stream was ended.")
    person.visit("spc.localhost", "/plants/detroit/?live")
    assert person.heading == "You can’t open this page"
