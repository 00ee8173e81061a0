"""The models in the Nengo GUI, in a headless Chromium."""

import re
import runpy
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

MODELS = Path(__file__).parents[2] / "models"
PATIENCE = 30  # seconds for anything to happen

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")

browses = pytest.mark.skipif(
    not (find_spec("nengo_gui") and find_spec("selenium")),
    reason="nengo-gui or selenium is not installed (make setup-all)",
)
needs_chromium = pytest.mark.skipif(
    not (CHROMIUM and CHROMEDRIVER),
    reason="there is no chromium or chromedriver (apt-get install chromium-driver)",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "window-size=1400,800",
        f"user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(f"--{switch}")
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def open_model(browser, tmp_path):
    """Opens a model in the browser, as a copy: the GUI writes into its layout."""
    servers = []

    def open_model(name, *options):
        for file in (f"{name}.py", f"{name}.py.cfg"):
            shutil.copy(MODELS / file, tmp_path)
        command = "from nengo_lmu.cli import main; main()"
        server = subprocess.Popen(
            [sys.executable, "-uc", command, "gui", tmp_path / f"{name}.py"]
            + ["--no-browser", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        servers.append(server)
        said = ""
        while not (address := re.search(r"http://\S+token=\S+", said)):
            line = server.stdout.readline()
            assert line, f"the server ended: {said}"
            said += line
        browser.get(address[0])
        until(lambda: browser.find_elements("css selector", "#pause_button"))

    yield open_model
    browser.get("about:blank")
    for server in servers:
        server.kill()
        server.wait()


def until(condition):
    """Wait for a condition, and return what it gives."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)
    return value


class Plots:
    """What the page shows."""

    def __init__(self, browser):
        self.browser = browser

    def curves(self):
        """The paths of all plots over time, by what they are, and of HTML views."""
        return self.browser.execute_script(
            """
            const curves = [];
            for (const line of document.querySelectorAll("path.line"))
                curves.push(line.getAttribute("d"));
            for (const curve of document.querySelectorAll(".htmlview polyline"))
                curves.push(curve.getAttribute("points"));
            return curves;
            """
        )

    def heights(self, label):
        """Of the first curve of the plot with this label, in pixels, over time."""
        path = self.graph(label).find_element("css selector", "path.line")
        points = re.findall(r"[ML]([^ML]+)", path.get_attribute("d") or "")
        return [float(point.split(",")[1]) for point in points]

    def graph(self, label):
        return next(
            graph
            for graph in self.browser.find_elements("css selector", ".graph")
            if graph.find_element("css selector", ".label").get_property("textContent")
            == label
        )

    def drag(self, label, pixels):
        from selenium.webdriver import ActionChains

        handle = self.graph(label).find_element(
            "css selector", "[data-object-type=slider_handle]"
        )
        actions = ActionChains(self.browser, duration=0).click_and_hold(handle)
        for _ in range(5):  # a drag begins with its second move
            actions = actions.move_by_offset(0, pixels / 5)
        actions.release().perform()
        return float(handle.text)


@browses
@needs_chromium
def test_delay(browser, open_model):
    """Signal, two delays, spikes and two windows: all move."""
    open_model("delay")
    plots = Plots(browser)
    browser.find_element("id", "pause_button").click()
    until(lambda: len(plots.curves()) == 4 + 2)
    check_that_all_move(plots)


@browses
@needs_chromium
def test_ecg_window(browser, open_model):
    """All plots move; a signal without gain is flat, and is not before."""
    open_model("ecg_window")
    plots = Plots(browser)
    browser.find_element("id", "pause_button").click()
    until(lambda: len(plots.curves()) == 5 + 2)
    check_that_all_move(plots)
    until(lambda: len(plots.heights("signal")) > 500)
    assert len(set(plots.heights("signal")[-300:])) > 30
    assert plots.drag("gain", 200) == 0
    until(lambda: len(set(plots.heights("signal")[-300:])) == 1)


@browses
@needs_chromium
def test_spoken_digits(browser, open_model):
    """Bands, spikes and outputs move; no plot covers its neighbour."""
    open_model("spoken_digits", "--backend", "nengo-lmu")
    plots = Plots(browser)
    browser.find_element("id", "pause_button").click()
    until(lambda: len(plots.curves()) == 8 + 1 + 10)
    check_that_all_move(plots)
    labels = "mel bands", "hidden layer", "which word"
    sides = [plots.graph(label).rect for label in labels]
    for left, right in pairwise(sides):
        assert left["x"] + left["width"] <= right["x"]


@browses
@needs_chromium
def test_compiled_backend(browser, open_model):
    """It is listed and chosen; play, pause and the slider work with it."""
    open_model("delay", "--backend", "nengo-lmu")
    plots = Plots(browser)
    play = browser.find_element("id", "pause_button")
    play.click()
    until(lambda: len(plots.curves()) == 4 + 2)
    check_that_all_move(plots)
    until(lambda: len(plots.heights("signal")) > 500)
    before = np.mean(plots.heights("signal")[-100:])
    push = plots.drag("push", -40)
    assert push > 0.3
    # The noise moves in a second; what is pushed stays.
    until(lambda: np.mean(plots.heights("signal")[-300:]) < before - 5)
    play.click()
    until(lambda: standing(plots))
    play.click()
    check_that_all_move(plots)
    browser.execute_script("sim.ws.send('config')")
    backends = until(lambda: browser.find_elements("css selector", "#config-backend *"))
    names = [backend.get_property("value") for backend in backends]
    assert {"nengo", "nengo_lmu"} <= set(names)
    chosen = [backend.is_selected() for backend in backends]
    assert names[chosen.index(True)] == "nengo_lmu"


def standing(plots):
    before = plots.curves()
    time.sleep(0.3)
    return plots.curves() == before


def check_that_all_move(plots):
    for _ in range(2):
        before = plots.curves()
        until(lambda before=before: not set(before) & set(plots.curves()))


@browses
@pytest.mark.parametrize("path", sorted(MODELS.glob("*.py")), ids=lambda p: p.stem)
def test_layout_is_that_of_the_model(path):
    """The GUI passes over a line that it cannot read, and places what is not placed."""
    nengo_gui = pytest.importorskip("nengo_gui")
    config = nengo_gui.config.Config()
    names = runpy.run_path(str(path))
    model = names["model"]
    names.update(nengo_gui=nengo_gui, _viz_config=config)
    for line in path.with_suffix(".py.cfg").read_text().splitlines():
        exec(line, names)
    for obj in model.nodes + model.networks:
        assert config[obj].pos is not None, obj
        x, y = config[obj].pos
        assert 0 < x < 1 and 0 < y < 1
