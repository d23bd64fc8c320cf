"""The browser's side of Tests/Page/run: drives a headless Chromium over the page, and says what it found."""
import os
import shlex
import subprocess

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

page = os.environ["PAGE"]
pictures = os.environ["SCREENSHOTS"]
os.makedirs(pictures, exist_ok=True)
WIDTHS = {"wide": 1400, "phone": 390}


too_wide = []


def browser():
    options = webdriver.ChromeOptions()
    for option in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"]:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    made.set_page_load_timeout(300)
    return made


def wait(driver, condition, what):
    WebDriverWait(driver, 240, 0.2).until(condition, f"never: {what}")


def text(driver):
    return driver.execute_script("return document.body.innerText")


def press(driver, *keys):
    ActionChains(driver).send_keys(*keys).perform()


def tab_to(driver, label):
    """Moves the focus with the tabulator alone to a link, button or field, by its words or its name."""
    for _ in range(200):
        press(driver, Keys.TAB)
        found = driver.execute_script(
            "const e = document.activeElement; return e.name || e.innerText.trim() || e.value")
        if found == label:
            return
    raise AssertionError(f"the keyboard does not reach {label!r}")


def sign_in(driver, login, password):
    driver.get(page + "/sign-in")
    tab_to(driver, "login")
    press(driver, login)
    tab_to(driver, "password")
    press(driver, password, Keys.ENTER)


def pictured(driver, name):
    """Pictures at both widths, light and dark; nothing may be wider than the screen."""
    for width, pixels in WIDTHS.items():
        for scheme in ["light", "dark"]:
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride", {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": width == "phone"})
            sideways = driver.execute_script("return document.documentElement.scrollWidth")
            if sideways > pixels:
                wide = driver.execute_script(
                    "return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > arguments[0])"
                    ".map(e => e.tagName + '.' + e.className + ' ' + e.innerText.slice(0, 40)).slice(0, 8)", pixels)
                too_wide.append(f"{name} is {sideways} pixels wide on a screen of {pixels}: {wide}")
            height = driver.execute_script("return document.documentElement.scrollHeight")
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": pixels, "height": min(height, 3000), "deviceScaleFactor": 1, "mobile": width == "phone"})
            driver.save_screenshot(f"{pictures}/{name}-{width}-{scheme}.png")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def faults(driver):
    """What the browser itself complains of: scripts that fail, what the policy refuses."""
    return [line["message"] for line in driver.get_log("browser")
            if line["level"] == "SEVERE" and "Failed to load resource" not in line["message"]]


operator = browser()
try:
    print("a wrong password is told, and the right one lets in, by keyboard alone")
    operator.get(page + "/study/1")
    assert operator.current_url.endswith("/sign-in?next=%2Fstudy%2F1"), operator.current_url
    sign_in(operator, "olga", "wrong")
    wait(operator, lambda d: "PostgreSQL knows no such login with this password." in text(d), "a refusal")
    pictured(operator, "sign-in")
    sign_in(operator, "olga", "olga's secret")
    wait(operator, lambda d: "Sign out" in text(d), "the first page")
    assert operator.get_cookie("trabecula")["httpOnly"]
    wait(operator, lambda d: "no worker serves the site" in text(d), "what is stuck")
    pictured(operator, "stuck")

    print("a study is watched to its end without loading the page anew")
    operator.get(page + "/study/1")
    operator.execute_script("window.isTheSamePage = true")
    worker = subprocess.Popen(shlex.split(os.environ["WORKER"]), stderr=subprocess.DEVNULL)
    wait(operator, lambda d: " a second" in text(d) or " a minute" in text(d), "a rate")
    pictured(operator, "running")
    wait(operator, lambda d: "What came of it" in text(d), "the end of the study")
    worker.wait(600)
    assert operator.execute_script("return window.isTheSamePage"), "the page was loaded anew"
    assert "1 failed" in text(operator) and "not-found" in text(operator)
    pictured(operator, "ended")

    print("the failed case is looked at and retried, by keyboard alone")
    tab_to(operator, "not-found")
    press(operator, Keys.ENTER)
    wait(operator, lambda d: "/study/1/cases" in d.current_url, "the cases")
    pictured(operator, "cases")
    task = [a for a in operator.find_elements(By.CSS_SELECTOR, "a.act") if a.text.startswith("Task ")][0].text
    tab_to(operator, task)
    press(operator, Keys.ENTER)
    wait(operator, lambda d: "/task/" in d.current_url, "the task")
    pictured(operator, "task")
    subprocess.run(shlex.split(os.environ["MEND"]), check=True)
    tab_to(operator, "Retry")
    press(operator, Keys.ENTER)
    wait(operator, lambda d: "/act?" in d.current_url, "the question")
    pictured(operator, "question")
    tab_to(operator, "Retry")
    press(operator, Keys.ENTER)
    wait(operator, lambda d: "1 failed case is ready again" in text(d), "the answer")
    subprocess.run(shlex.split(os.environ["WORKER"]), check=True, stderr=subprocess.DEVNULL)
    wait(operator, lambda d: "What came of it" in text(d) and "Nothing has failed." in text(d), "a study in which nothing failed")

    print("the report is read, and the other pages are there")
    operator.get(page + "/study/1/report/index.html")
    wait(operator, lambda d: "Study report" in text(d) or "Participants" in text(d), "the report")
    for name in ["sites", "workers", "acts", "database"]:
        operator.get(f"{page}/{name}")
        pictured(operator, name)
    operator.get(page + "/act?do=exclude&job=1&case=1")
    pictured(operator, "exclude")
    operator.get(page + "/")
    pictured(operator, "studies")
    assert not faults(operator), faults(operator)

    print("a reader is refused")
    reader = browser()
    try:
        sign_in(reader, "rita", "rita's secret")
        wait(reader, lambda d: "Sign out" in text(d), "the first page of a reader")
        reader.get(page + "/study/1")
        assert not reader.find_elements(By.CSS_SELECTOR, 'a[href^="/act"]'), "a reader is offered acts"
        reader.get(page + "/act?do=cancel&job=1")
        assert "may look, and do nothing" in text(reader), text(reader)
        # What a page of somebody else's would do with the reader's own token.
        reader.execute_script("""
          const form = document.createElement("form");
          form.method = "post"; form.action = "/act";
          for (const [name, value] of [["do", "cancel"], ["job", "1"], ["token", document.querySelector("[name=token]").value]]) {
            const field = document.createElement("input"); field.name = name; field.value = value; form.append(field);
          }
          document.body.append(form); form.submit();""")
        wait(reader, lambda d: "PostgreSQL does not let login rita do that" in text(d), "a refusal by PostgreSQL")
        pictured(reader, "refused")
    finally:
        reader.quit()

    print("the database goes away, and the page says so")
    operator.get(page + "/study/1")
    operator.execute_script("window.isTheSamePage = true")
    subprocess.run([os.environ["AWAY"]], check=True, stdout=subprocess.DEVNULL)
    wait(operator, lambda d: not d.execute_script("return window.isTheSamePage") or "Not renewed" in text(d), "a word that it is away")
    operator.get(page + "/sign-in")
    sign_in(operator, "olga", "olga's secret")
    wait(operator, lambda d: "The database cannot be reached or used now" in text(d), "a sentence")
    subprocess.run([os.environ["BACK"]], check=True, stdout=subprocess.DEVNULL)
    sign_in(operator, "olga", "olga's secret")
    wait(operator, lambda d: "Sign out" in text(d), "the first page again")
finally:
    operator.quit()
assert not too_wide, "\n".join(too_wide)
