"""The browser's side of Tests/Page/pictures: drives a headless Chromium over a page of pictures, as a file, and marks cases.

usage: mark.py FOLDER-OF-PAGE MARKS.csv SCREENSHOTS NAME [CASE:REASON…]

Checks every order and filter against pictures.csv, marks the cases (named by ID, or by image where the page knows no IDs) in turn with
keyboard and mouse, saves the table of marks twice, and leaves it as MARKS.csv.
"""
import csv
import os
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

folder, marks, screenshots, name = sys.argv[1:5]
wanted = [argument.partition(":")[::2] for argument in sys.argv[5:]]
WEIGHTS = {"outside-body": 10, "undefined": 10, "constant": 10, "mirrored": 10, "volume-far": 2, "intensity-far": 2, "tiny": 2,
           "huge": 2, "at-border": 1}
downloads = os.path.dirname(os.path.abspath(marks))
os.makedirs(screenshots, exist_ok=True)


def unguarded(text):
    return text[1:] if text.startswith("'") and text.lstrip("'")[:1] in tuple("=+-@") else text


with open(f"{folder}/pictures.csv", newline="") as file:
    table = [{key: unguarded(value) for key, value in row.items()} for row in csv.DictReader(file)]
for place, row in enumerate(table):
    row["order"] = place
    row["codes"] = row["Oddities"].split()
    row["oddity"] = sum(WEIGHTS[code] for code in row["codes"])
files = {row["Picture"]: row for row in table}

options = webdriver.ChromeOptions()
for option in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"]:
    options.add_argument(option)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def wait(condition, what):
    WebDriverWait(driver, 120, 0.1).until(lambda _: condition(), f"never: {what}")


def shown():
    """What stands on the page, by site, as pictures.csv has it."""
    sheets = driver.execute_script(
        "return [...document.querySelectorAll('.site')].map(site => [...site.querySelectorAll('.sheet > li')]"
        ".filter(item => item.getBoundingClientRect().height > 0).map(item => item.querySelector('img').getAttribute('src')))")
    return [[files[source] for source in sheet] for sheet in sheets if sheet]


def choose(field, value):
    Select(driver.find_element(By.ID, field)).select_by_value(value)


def expect(found, expected, what):
    assert found == expected, f"{what}: found {found}, expected {expected}"


def by_site(rows):
    return [[row["Picture"] for row in rows if row["Site"] == site] for site in sorted({row["Site"] for row in rows})]


def pictures(sheets):
    return [[row["Picture"] for row in sheet] for sheet in sheets]


def press(*keys):
    ActionChains(driver).send_keys(*keys).perform()


def item(case):
    """The element of a case: by its ID, or its image where the page knows none."""
    key = "ID" if any(row["ID"] for row in table) else "Image"
    source = next(row["Picture"] for row in table if row[key] == case)
    return driver.find_element(By.CSS_SELECTOR, f'.sheet > li:has(img[src="{source}"])')


def focused():
    return driver.execute_script("return document.activeElement")


def tab_to(element):
    for _ in range(8 * len(table) + 20):
        if focused() == element:
            return
        press(Keys.TAB)
    raise AssertionError(f"the keyboard does not reach {element.get_attribute('outerHTML')}")


def in_view(element):
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    return element


def screenshot(width, label):
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
    sideways = driver.execute_script("return document.documentElement.scrollWidth")
    assert sideways <= width, f"the page is {sideways} pixels wide on a screen of {width}"
    # Images are loaded when they come into view: the screen is made as tall as the page.
    height = min(driver.execute_script("return document.documentElement.scrollHeight"), 9000)
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
    wait(lambda: driver.execute_script(
        "return [...document.images].every(image => image.offsetParent === null || image.complete && image.naturalWidth > 0)"), "pictures")
    driver.save_screenshot(f"{screenshots}/{name}-{label}-{width}.png")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def save(by):
    if os.path.exists(f"{downloads}/marks.csv"):
        os.remove(f"{downloads}/marks.csv")
    by(driver.find_element(By.ID, "save"))
    wait(lambda: os.path.exists(f"{downloads}/marks.csv"), "marks.csv")
    with open(f"{downloads}/marks.csv", newline="") as file:
        return list(csv.reader(file))


def enter(button):
    tab_to(button)
    press(Keys.ENTER)


try:
    address = "file://" + os.path.abspath(f"{folder}/pictures.html")
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": downloads})

    print(f"{name}: without scripts there is everything but the tools")
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    driver.get(address)
    expect(sum(len(sheet) for sheet in by_site(table)), len(driver.find_elements(By.CSS_SELECTOR, ".sheet > li")), "cases")
    assert not driver.find_element(By.ID, "save").is_displayed()
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    driver.get(address)
    for width in [1400, 390]:
        screenshot(width, "all")

    print(f"{name}: every order")
    keys = {
        "oddity": lambda row: -row["oddity"], "order": lambda row: row["order"], "volume": lambda row: -float(row["Volume_mm3"]),
        "median": lambda row: -float(row["Median"] or "-inf"), "air": lambda row: -float(row["Share_in_air"]),
    }
    offered = [option.get_attribute("value") for option in Select(driver.find_element(By.ID, "sort")).options]
    expect(sorted(offered), sorted(keys), "orders")
    expect(pictures(shown()), by_site(sorted(table, key=lambda row: (keys["oddity"](row), row["order"]))), "the first order")
    for order in offered[1:] + offered[:1]:
        choose("sort", order)
        expect(pictures(shown()), by_site(sorted(table, key=lambda row: (keys[order](row), row["order"]))), f"sorted by {order}")

    print(f"{name}: every filter")
    sorted_table = sorted(table, key=lambda row: (-row["oddity"], row["order"]))
    for option in [option.get_attribute("value") for option in Select(driver.find_element(By.ID, "show")).options]:
        choose("show", option)
        fits = {"": lambda row: True, "odd": lambda row: row["codes"] != [], "marked": lambda row: False}.get(
            option, lambda row: option in row["codes"])
        rows = [row for row in sorted_table if fits(row)]
        expect(pictures(shown()), [sheet for sheet in by_site(rows) if sheet], f"showing {option!r}")
        expect(driver.find_element(By.ID, "count").text, f"{len(rows)} shown, 0 marked", "count")
        if option == "odd":
            screenshot(1400, "odd")
    choose("show", "")
    if driver.find_elements(By.ID, "site"):
        for site in sorted({row["Site"] for row in table}):
            Select(driver.find_element(By.ID, "site")).select_by_visible_text(site)
            expect({row["Site"] for sheet in shown() for row in sheet}, {site}, "sites")
        choose("site", "")

    print(f"{name}: cases are marked by keyboard and mouse")
    assert not driver.find_element(By.ID, "save").is_enabled()
    for number, (case, reason) in enumerate(wanted):
        box, field = (item(case).find_element(By.CSS_SELECTOR, f"input[type={kind}]") for kind in ["checkbox", "text"])
        if number % 3 == 0:
            # By keyboard alone: the box, then the field beside it.
            driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
            tab_to(box)
            assert driver.execute_script(
                "const r = arguments[0].getBoundingClientRect();"
                "return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) === arguments[0]", box), "the focus is hidden"
            press(Keys.SPACE, Keys.TAB)
            assert focused() == field, "the field does not follow its box"
            press(reason)
        elif number % 3 == 1 and reason:
            # A reason alone marks.
            in_view(field).click()
            press(reason)
        else:
            in_view(box).click()
            if reason:
                in_view(field).click()
                press(reason)
        assert box.is_selected() and "marked" in item(case).get_attribute("class")
    expect(driver.find_element(By.ID, "count").text, f"{len(table)} shown, {len(wanted)} marked", "count")
    choose("show", "marked")
    key = "ID" if any(row["ID"] for row in table) else "Image"
    expect({row[key] for sheet in shown() for row in sheet}, {case for case, _ in wanted}, "what is marked")
    for width in [1400, 390]:
        screenshot(width, "marked")
    choose("show", "")

    print(f"{name}: the table of marks")
    # One more, which is taken back before the second table.
    other = next(row for row in sorted_table if row[key] not in dict(wanted))
    in_view(item(other[key]).find_element(By.CSS_SELECTOR, "input[type=checkbox]")).click()
    expect(len(save(lambda button: button.click())), len(wanted) + 2, "lines of the first table")
    in_view(item(other[key]).find_element(By.CSS_SELECTOR, "input[type=checkbox]")).click()
    lines = save(enter)
    expect(lines[0], ["ID", "Site", "Image", "Reason"], "header")
    for line in lines:
        for cell in line:
            assert cell[:1] not in tuple("=+-@"), f"a spreadsheet would calculate {cell!r}"
    found = {(unguarded(line[0 if key == "ID" else 2]), unguarded(line[3])) for line in lines[1:]}
    expect(found, {(case, reason or "marked by a reader") for case, reason in wanted}, "marks")
    if f"{downloads}/marks.csv" != os.path.abspath(marks):
        os.replace(f"{downloads}/marks.csv", marks)
    severe = [line["message"] for line in driver.get_log("browser") if line["level"] == "SEVERE"]
    expect(severe, [], "what the browser complains of")
finally:
    driver.quit()
